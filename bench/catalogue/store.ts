import type { EntityManager } from 'typeorm';
import { canonicalHash, type Json } from '../../src/kernel/canonical-json.js';
import { uuidv7 } from '../../src/kernel/uuid.js';
import { type SearchDocument, searchDocument } from '../../src/modules/servers/search/search-document.js';
import { indexTools, searchAudience } from '../../src/modules/servers/search/search-index.js';
import type { CatalogueServer, CatalogueTool } from './product.js';

interface StoredServer {
  readonly id: string;
  readonly server: CatalogueServer;
}

interface NewTool {
  readonly id: string;
  readonly serverId: string;
  readonly tool: CatalogueTool;
  readonly document: SearchDocument;
}

/**
 * Writes servers with their tools and search documents as a registration would, without asking any
 * server: they are healthy, and nobody checks them.
 */
export async function storeServers(
  manager: EntityManager,
  tenantId: string,
  servers: readonly CatalogueServer[],
): Promise<number> {
  const stored = servers.map((server): StoredServer => ({ id: uuidv7(), server }));
  await insertServers(manager, tenantId, stored);
  const tools = stored.flatMap(({ id, server }) =>
    server.tools.map((tool): NewTool => ({
      id: uuidv7(),
      serverId: id,
      tool,
      document: searchDocument({ ...tool, toolName: tool.name, inputSchema: schemaOf(tool), server }),
    })),
  );
  await insertTools(manager, tenantId, tools);
  const audience = searchAudience({ tenantId, shared: false, isLatest: true });
  const indexed = tools.map(({ id, document }) => ({ toolId: id, tenantId, audience, document }));
  await indexTools(manager, indexed);
  return tools.length;
}

async function insertServers(
  manager: EntityManager,
  tenantId: string,
  servers: readonly StoredServer[],
): Promise<void> {
  await manager.query(
    `/* bench.servers */ INSERT INTO mcp_servers (id, tenant_id, name, version, alias, title, description, url,
       transport_type, status, lifecycle, is_latest, owner, visibility, tags, settings, capabilities, eras, source,
       created_at, updated_at)
     SELECT id, $1, name, '1.0.0', alias, title, description, 'http://127.0.0.1:9/' || alias, 'streamable-http', 'healthy',
       'active', true, 'bench', 'tenant', '{}', '{}', '{"tools":{}}', '{"legacy":["2025-11-25"]}', 'bench', now(), now()
     FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[]) AS s(id, name, alias, title, description)`,
    [
      tenantId,
      servers.map(({ id }) => id),
      servers.map(({ server }) => server.name),
      servers.map(({ id }) => `bench-${id.replaceAll('-', '').slice(0, 32)}`),
      servers.map(({ server }) => server.title ?? null),
      servers.map(({ server }) => server.description ?? null),
    ],
  );
}

async function insertTools(manager: EntityManager, tenantId: string, tools: readonly NewTool[]): Promise<void> {
  await manager.query(
    `/* bench.tools */ INSERT INTO server_tools (id, tenant_id, server_id, tool_name, title, description, input_schema,
       extra, definition_hash, server_active)
     SELECT id, $1, server_id, name, title, description, input, '{}', hash, true
     FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::text[])
       AS t(id, server_id, name, title, description, input, hash)`,
    [
      tenantId,
      tools.map(({ id }) => id),
      tools.map(({ serverId }) => serverId),
      tools.map(({ tool }) => tool.name),
      tools.map(({ tool }) => tool.title ?? null),
      tools.map(({ tool }) => tool.description ?? null),
      tools.map(({ tool }) => JSON.stringify(tool.inputSchema)),
      tools.map(({ tool }) => canonicalHash(tool as unknown as Json)),
    ],
  );
}

function schemaOf(tool: CatalogueTool): Json {
  return tool.inputSchema as unknown as Json;
}
