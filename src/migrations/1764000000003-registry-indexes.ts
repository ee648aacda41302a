import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../database/concurrent-index.js';

/** Index name and what it stands on. The names are a contract with the documentation. */
const INDEXES: readonly (readonly [name: string, on: string])[] = [
  ['idx_mcp_servers_status', 'mcp_servers (status, tenant_id, id)'],
  ['idx_mcp_servers_transport', 'mcp_servers (transport_type, tenant_id, id)'],
  ['idx_mcp_servers_created_at', 'mcp_servers (created_at DESC)'],
  ['idx_mcp_servers_updated_at', 'mcp_servers (updated_at DESC)'],
  ['idx_mcp_servers_name', 'mcp_servers (name COLLATE "C", version COLLATE "C")'],
  ['idx_mcp_servers_url', 'mcp_servers (url)'],
  ['idx_mcp_servers_tenant_id', 'mcp_servers (tenant_id, id)'],
  ['idx_mcp_servers_shared', 'mcp_servers (id) WHERE shared'],
  ['idx_mcp_servers_tags', 'mcp_servers USING gin (tenant_id, tags)'],
  [
    'idx_mcp_servers_text',
    `mcp_servers USING gin ((name || ' ' || coalesce(title, '') || ' ' || coalesce(description, '')) gin_trgm_ops)`,
  ],
  ['idx_server_health_next_check_at', 'server_health (next_check_at)'],
  ['idx_server_tools_server_id', 'server_tools (server_id, id)'],
  ['idx_server_tools_name', 'server_tools (tool_name, tenant_id, id)'],
  ['idx_server_tools_name_server_active', 'server_tools (tool_name, tenant_id, id) WHERE server_active'],
  ['idx_server_tools_tenant_id', 'server_tools (tenant_id, tool_name, id)'],
  ['idx_tool_search_vector', 'tool_search USING gin (audience, vector)'],
  ['idx_tool_search_text', 'tool_search USING gin (audience, trigram_text gin_trgm_ops)'],
  ['idx_server_resources_server_id', 'server_resources (server_id, id)'],
  ['idx_server_resources_type', 'server_resources (resource_type, tenant_id, id)'],
  ['idx_server_resources_type_server_active', 'server_resources (resource_type, tenant_id, id) WHERE server_active'],
  ['idx_server_resources_tenant_id', 'server_resources (tenant_id, resource_name, id)'],
  ['idx_server_prompts_tenant_id', 'server_prompts (tenant_id, prompt_name, id)'],
  // The expressions are those that discovery searches by, to the letter: else PostgreSQL does not use the index.
  [
    'idx_server_resources_search',
    `server_resources USING gin (tenant_id, (setweight(to_tsvector('english', regexp_replace(resource_name, '([a-z0-9])([A-Z])|[^[:alnum:]]+', '\\1 \\2', 'g')), 'A') || setweight(to_tsvector('english', left(coalesce(description, ''), 20000)), 'C')))`,
  ],
  [
    'idx_server_prompts_search',
    `server_prompts USING gin (tenant_id, (setweight(to_tsvector('english', regexp_replace(prompt_name, '([a-z0-9])([A-Z])|[^[:alnum:]]+', '\\1 \\2', 'g')), 'A') || setweight(to_tsvector('english', left(coalesce(description, ''), 20000)), 'C')))`,
  ],
  [
    'idx_mcp_servers_search',
    `mcp_servers USING gin (tenant_id, (setweight(to_tsvector('english', regexp_replace(name, '([a-z0-9])([A-Z])|[^[:alnum:]]+', '\\1 \\2', 'g')), 'A') || setweight(to_tsvector('english', left(coalesce(title, ''), 20000)), 'B') || setweight(to_tsvector('english', left(coalesce(description, ''), 20000)), 'C')))`,
  ],
  ['idx_server_resources_uri', 'server_resources (coalesce(uri, uri_template), tenant_id, id)'],
  ['idx_catalogue_changes_changed_at', 'catalogue_changes (changed_at)'],
];

export class RegistryIndexes1764000000003 implements MigrationInterface {
  /** CONCURRENTLY does not run inside a transaction. */
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [name, on] of INDEXES) await createIndexConcurrently(queryRunner, name, on);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    // Plain, because `migration:revert` ignores `transaction = false`.
    for (const [name] of INDEXES.toReversed()) await queryRunner.query(`DROP INDEX ${name}`);
  }
}
