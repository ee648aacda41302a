import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DatabaseAccess } from '../../database/database-access.js';
import { uuidv7 } from '../../kernel/uuid.js';
import type { PromptRow, ResourceRow, SyncDifference, ToolRow } from './child-definitions.js';

/** A stored child: its row's columns, and the id that its page is ordered by. */
export type StoredTool = ToolRow & { readonly id: string; readonly serverId: string; readonly serverActive: boolean };
export type StoredResource = ResourceRow & {
  readonly id: string;
  readonly serverId: string;
  readonly serverActive: boolean;
};
export type StoredPrompt = PromptRow & {
  readonly id: string;
  readonly serverId: string;
  readonly serverActive: boolean;
};

/** The server that owns the children being written. */
export interface ChildOwner {
  readonly id: string;
  readonly tenantId: string;
  readonly active: boolean;
}

const COMMON =
  'id, server_id AS "serverId", description, extra, definition_hash AS "definitionHash", server_active AS "serverActive"';

const COLUMNS = {
  server_tools: `${COMMON}, tool_name AS "toolName", title, input_schema AS "inputSchema", output_schema AS "outputSchema", annotations`,
  server_resources: `${COMMON}, uri, uri_template AS "uriTemplate", resource_name AS "resourceName", resource_type AS "resourceType"`,
  server_prompts: `${COMMON}, prompt_name AS "promptName", arguments`,
} as const;

type ChildTable = keyof typeof COLUMNS;

/** The key of a resource among its server's: a template may have the text of a URI. */
export function resourceKey(row: Pick<ResourceRow, 'uri' | 'uriTemplate'>): string {
  return row.uri === null ? `template ${row.uriTemplate ?? ''}` : `uri ${row.uri}`;
}

/**
 * Children of servers. Reads take server ids that a scoped query has yielded: who may see a server may
 * see its children.
 */
@Injectable()
export class ChildrenRepository {
  constructor(private readonly database: DatabaseAccess) {}

  tools(serverId: string, limit: number, afterId?: string): Promise<StoredTool[]> {
    return this.#page<StoredTool>('server_tools', serverId, limit, afterId);
  }

  resources(serverId: string, limit: number, afterId?: string): Promise<StoredResource[]> {
    return this.#page<StoredResource>('server_resources', serverId, limit, afterId);
  }

  prompts(serverId: string, limit: number, afterId?: string): Promise<StoredPrompt[]> {
    return this.#page<StoredPrompt>('server_prompts', serverId, limit, afterId);
  }

  /** At most `each` children of one kind for every server, in one query. */
  async ofServers<Row extends { readonly serverId: string }>(
    table: ChildTable,
    serverIds: readonly string[],
    each: number,
  ): Promise<Map<string, Row[]>> {
    const rows = await this.database.queryReplica<Row>(
      `/* children.of_servers */ SELECT c.* FROM unnest($1::uuid[]) AS wanted(id)
       CROSS JOIN LATERAL (SELECT ${COLUMNS[table]} FROM ${table} WHERE server_id = wanted.id ORDER BY id DESC LIMIT $2) c`,
      [serverIds, each],
    );
    const byServer = new Map<string, Row[]>(serverIds.map((id) => [id, []]));
    for (const row of rows) byServer.get(row.serverId)?.push(row);
    return byServer;
  }

  /** Definition hashes of what is stored, by name or (resources) key. */
  async hashes(manager: EntityManager, table: ChildTable, serverId: string): Promise<Map<string, string>> {
    const key = {
      server_tools: 'tool_name',
      server_resources: `CASE WHEN uri IS NULL THEN 'template ' || uri_template ELSE 'uri ' || uri END`,
      server_prompts: 'prompt_name',
    }[table];
    const rows = (await manager.query(
      `/* children.hashes */ SELECT ${key} AS key, definition_hash AS hash FROM ${table} WHERE server_id = $1`,
      [serverId],
    )) as { readonly key: string; readonly hash: string }[];
    return new Map(rows.map((row) => [row.key, row.hash]));
  }

  /** @returns the ids of the tools written, in the order of `upserts`. */
  async writeTools(manager: EntityManager, owner: ChildOwner, diff: SyncDifference<ToolRow>): Promise<string[]> {
    await this.#remove(manager, 'server_tools', 'tool_name', owner.id, diff.removedKeys);
    if (diff.upserts.length === 0) return [];
    const rows = (await manager.query(
      `/* children.write_tools */
       INSERT INTO server_tools (id, tenant_id, server_id, tool_name, title, description, input_schema, output_schema,
         annotations, extra, definition_hash, server_active)
       SELECT n.id, $1, $2, n.name, n.title, n.description, n.input, n.output, n.annotations, n.extra, n.hash, $3
       FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::jsonb[], $9::jsonb[], $10::jsonb[], $11::jsonb[],
         $12::text[]) AS n(id, name, title, description, input, output, annotations, extra, hash)
       ON CONFLICT (server_id, tool_name) DO UPDATE SET title = excluded.title, description = excluded.description,
         input_schema = excluded.input_schema, output_schema = excluded.output_schema, annotations = excluded.annotations,
         extra = excluded.extra, definition_hash = excluded.definition_hash, server_active = excluded.server_active
       RETURNING id, tool_name AS name`,
      [
        owner.tenantId,
        owner.id,
        owner.active,
        diff.upserts.map(() => uuidv7()),
        diff.upserts.map((row) => row.toolName),
        diff.upserts.map((row) => row.title),
        diff.upserts.map((row) => row.description),
        diff.upserts.map((row) => jsonb(row.inputSchema)),
        diff.upserts.map((row) => jsonb(row.outputSchema)),
        diff.upserts.map((row) => jsonb(row.annotations)),
        diff.upserts.map((row) => jsonb(row.extra)),
        diff.upserts.map((row) => row.definitionHash),
      ],
    )) as { readonly id: string; readonly name: string }[];
    const ids = new Map(rows.map((row) => [row.name, row.id]));
    return diff.upserts.map((row) => ids.get(row.toolName) ?? '');
  }

  async writeResources(manager: EntityManager, owner: ChildOwner, diff: SyncDifference<ResourceRow>): Promise<void> {
    const key = `CASE WHEN uri IS NULL THEN 'template ' || uri_template ELSE 'uri ' || uri END`;
    await this.#remove(manager, 'server_resources', key, owner.id, diff.removedKeys);
    if (diff.upserts.length === 0) return;
    await manager.query(
      `/* children.write_resources */
       INSERT INTO server_resources (id, tenant_id, server_id, uri, uri_template, resource_name, resource_type,
         description, extra, definition_hash, server_active)
       SELECT n.id, $1, $2, n.uri, n.template, n.name, n.type, n.description, n.extra, n.hash, $3
       FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::jsonb[], $11::text[])
         AS n(id, uri, template, name, type, description, extra, hash)
       ON CONFLICT (server_id, uri, uri_template) DO UPDATE SET resource_name = excluded.resource_name,
         resource_type = excluded.resource_type, description = excluded.description, extra = excluded.extra,
         definition_hash = excluded.definition_hash, server_active = excluded.server_active`,
      [
        owner.tenantId,
        owner.id,
        owner.active,
        diff.upserts.map(() => uuidv7()),
        diff.upserts.map((row) => row.uri),
        diff.upserts.map((row) => row.uriTemplate),
        diff.upserts.map((row) => row.resourceName),
        diff.upserts.map((row) => row.resourceType),
        diff.upserts.map((row) => row.description),
        diff.upserts.map((row) => jsonb(row.extra)),
        diff.upserts.map((row) => row.definitionHash),
      ],
    );
  }

  async writePrompts(manager: EntityManager, owner: ChildOwner, diff: SyncDifference<PromptRow>): Promise<void> {
    await this.#remove(manager, 'server_prompts', 'prompt_name', owner.id, diff.removedKeys);
    if (diff.upserts.length === 0) return;
    await manager.query(
      `/* children.write_prompts */
       INSERT INTO server_prompts (id, tenant_id, server_id, prompt_name, description, arguments, extra, definition_hash,
         server_active)
       SELECT n.id, $1, $2, n.name, n.description, n.arguments, n.extra, n.hash, $3
       FROM unnest($4::uuid[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[], $9::text[])
         AS n(id, name, description, arguments, extra, hash)
       ON CONFLICT (server_id, prompt_name) DO UPDATE SET description = excluded.description,
         arguments = excluded.arguments, extra = excluded.extra, definition_hash = excluded.definition_hash,
         server_active = excluded.server_active`,
      [
        owner.tenantId,
        owner.id,
        owner.active,
        diff.upserts.map(() => uuidv7()),
        diff.upserts.map((row) => row.promptName),
        diff.upserts.map((row) => row.description),
        diff.upserts.map((row) => jsonb(row.arguments)),
        diff.upserts.map((row) => jsonb(row.extra)),
        diff.upserts.map((row) => row.definitionHash),
      ],
    );
  }

  /** Flips `server_active` where it differs, for a status or lifecycle that changed. */
  async setActive(manager: EntityManager, serverIds: readonly string[], active: boolean): Promise<void> {
    if (serverIds.length === 0) return;
    for (const table of Object.keys(COLUMNS)) {
      await manager.query(
        `/* children.set_active */ UPDATE ${table} SET server_active = $2 WHERE server_id = ANY($1) AND server_active <> $2`,
        [serverIds, active],
      );
    }
  }

  async #page<Row>(table: ChildTable, serverId: string, limit: number, afterId?: string): Promise<Row[]> {
    const keyset = afterId === undefined ? '' : 'AND id < $3';
    return this.database.queryReplica<Row>(
      `/* children.page */ SELECT ${COLUMNS[table]} FROM ${table} WHERE server_id = $1 ${keyset} ORDER BY id DESC LIMIT $2`,
      afterId === undefined ? [serverId, limit] : [serverId, limit, afterId],
    );
  }

  async #remove(
    manager: EntityManager,
    table: ChildTable,
    key: string,
    serverId: string,
    keys: readonly string[],
  ): Promise<void> {
    if (keys.length === 0) return;
    await manager.query(`/* children.remove */ DELETE FROM ${table} WHERE server_id = $1 AND ${key} = ANY($2)`, [
      serverId,
      keys,
    ]);
  }
}

function jsonb(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
