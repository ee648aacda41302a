import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DatabaseAccess } from '../../database/database-access.js';
import { readable } from '../../database/scope-sql.js';
import type { Scope } from '../../kernel/scope.js';
import type { ServerStatus, TransportType } from '../../kernel/words.js';
import { Server } from './entities/server.entity.js';
import { latestOf } from './names.js';
import { SERVER_COLUMNS, SERVER_TABLES, type ServerRecord } from './server-record.js';

export interface ServerFilters {
  readonly status?: ServerStatus | undefined;
  readonly transportType?: TransportType | undefined;
  /** Servers that have all of them. */
  readonly tags?: readonly string[] | undefined;
  /** A part of the name, title or description, whatever the case. */
  readonly q?: string | undefined;
}

const CHILDREN = ['server_tools', 'server_resources', 'server_prompts'];

interface NameVersion {
  readonly id: string;
  readonly version: string;
  readonly alias: string;
  readonly isLatest: boolean;
  readonly createdAt: Date;
}

/** A version of a name, and whether it is the latest one. */
export interface VersionFlag {
  readonly id: string;
  readonly isLatest: boolean;
}

@Injectable()
export class ServersRepository {
  constructor(private readonly database: DatabaseAccess) {}

  async findById(scope: Scope, id: string): Promise<ServerRecord | undefined> {
    const visible = readable(scope, 's', 2);
    const [row] = await this.database.query<ServerRecord>(
      `/* servers.by_id */ SELECT ${SERVER_COLUMNS} FROM ${SERVER_TABLES}
       WHERE s.id = $1 AND s.deleted_at IS NULL AND ${visible.sql}`,
      [id, ...visible.parameters],
    );
    return row;
  }

  /** Newest first; `afterId` is the last id of the page before. */
  async page(scope: Scope, filters: ServerFilters, limit: number, afterId?: string): Promise<ServerRecord[]> {
    const parameters: unknown[] = [];
    const parameter = (value: unknown): string => `$${String(parameters.push(value))}`;
    const conditions = ['s.deleted_at IS NULL'];
    if (filters.status) conditions.push(`s.status = ${parameter(filters.status)}`);
    if (filters.transportType) conditions.push(`s.transport_type = ${parameter(filters.transportType)}`);
    if (filters.tags && filters.tags.length > 0) conditions.push(`s.tags @> ${parameter(filters.tags)}::text[]`);
    if (filters.q !== undefined && filters.q !== '') {
      conditions.push(
        `(s.name || ' ' || coalesce(s.title, '') || ' ' || coalesce(s.description, '')) ILIKE ${parameter(`%${escapeLike(filters.q)}%`)}`,
      );
    }
    if (afterId !== undefined) conditions.push(`s.id < ${parameter(afterId)}`);
    const visible = readable(scope, 's', parameters.length + 1);
    parameters.push(...visible.parameters);
    conditions.push(visible.sql);
    return this.database.queryReplica<ServerRecord>(
      `/* servers.page */ SELECT ${SERVER_COLUMNS} FROM ${SERVER_TABLES}
       WHERE ${conditions.join(' AND ')} ORDER BY s.id DESC LIMIT ${parameter(limit)}`,
      parameters,
    );
  }

  /** Serialises writers of one name in one tenant until the transaction ends. */
  async lockName(manager: EntityManager, tenantId: string, name: string): Promise<void> {
    await manager.query(`/* servers.lock_name */ SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [
      `${tenantId}\n${name.toLowerCase()}`,
    ]);
  }

  async versionsOf(manager: EntityManager, tenantId: string, name: string): Promise<NameVersion[]> {
    return (await manager.query(
      `/* servers.versions */ SELECT id, version, alias, is_latest AS "isLatest", created_at AS "createdAt"
       FROM mcp_servers WHERE tenant_id = $1 AND lower(name) = lower($2) AND deleted_at IS NULL`,
      [tenantId, name],
    )) as NameVersion[];
  }

  /** Which of these aliases another name of the tenant has, or a shared server of any tenant. */
  async takenAliases(manager: EntityManager, tenantId: string, aliases: readonly string[]): Promise<Set<string>> {
    const rows = (await manager.query(
      `/* servers.aliases */ SELECT alias FROM mcp_servers
       WHERE alias = ANY($2) AND is_latest AND (tenant_id = $1 OR shared)`,
      [tenantId, aliases],
    )) as { readonly alias: string }[];
    return new Set(rows.map((row) => row.alias));
  }

  /** Whether a shared server of another tenant has this name. */
  async sharedElsewhere(manager: EntityManager, tenantId: string, name: string): Promise<boolean> {
    const rows = (await manager.query(
      `/* servers.shared_name */ SELECT 1 FROM mcp_servers
       WHERE shared AND tenant_id <> $1 AND lower(name) = lower($2) AND deleted_at IS NULL LIMIT 1`,
      [tenantId, name],
    )) as unknown[];
    return rows.length > 0;
  }

  /** Tenants other than the server's own that have its name or alias. */
  async conflictsWithSharing(
    manager: EntityManager,
    server: Pick<Server, 'tenantId' | 'name' | 'alias'>,
  ): Promise<boolean> {
    const rows = (await manager.query(
      `/* servers.sharing */ SELECT 1 FROM mcp_servers
       WHERE tenant_id <> $1 AND deleted_at IS NULL AND (lower(name) = lower($2) OR (alias = $3 AND is_latest)) LIMIT 1`,
      [server.tenantId, server.name, server.alias],
    )) as unknown[];
    return rows.length > 0;
  }

  async insert(manager: EntityManager, server: Server, nextCheckAt: Date): Promise<void> {
    await manager.insert(Server, server);
    await manager.query(
      `/* servers.insert_health */ INSERT INTO server_health (server_id, tenant_id, next_check_at) VALUES ($1, $2, $3)`,
      [server.id, server.tenantId, nextCheckAt],
    );
  }

  /** Locks the row, so that a change is made to what is there now. */
  async lock(manager: EntityManager, id: string): Promise<ServerRecord | undefined> {
    const [row] = (await manager.query(
      `/* servers.lock */ SELECT ${SERVER_COLUMNS} FROM ${SERVER_TABLES}
       WHERE s.id = $1 AND s.deleted_at IS NULL FOR NO KEY UPDATE OF s`,
      [id],
    )) as ServerRecord[];
    return row;
  }

  async update(manager: EntityManager, id: string, changes: Partial<Server>): Promise<void> {
    await manager.update(Server, { id }, changes);
  }

  /** All versions of a name share the flag: a name is shared or it is not. */
  async setShared(
    manager: EntityManager,
    server: Pick<Server, 'tenantId' | 'name'>,
    shared: boolean,
  ): Promise<VersionFlag[]> {
    const [rows] = (await manager.query(
      `/* servers.set_shared */ UPDATE mcp_servers SET shared = $3
       WHERE tenant_id = $1 AND lower(name) = lower($2) AND deleted_at IS NULL RETURNING id, is_latest AS "isLatest"`,
      [server.tenantId, server.name, shared],
    )) as [VersionFlag[], number];
    return rows;
  }

  /** Makes the row a tombstone; children go, the health state and the credentials too. */
  async entomb(manager: EntityManager, id: string, at: Date): Promise<void> {
    await manager.query(
      `/* servers.entomb */ UPDATE mcp_servers
       SET lifecycle = 'deleted', is_latest = false, deleted_at = $2, updated_at = $2 WHERE id = $1`,
      [id, at],
    );
    for (const table of [...CHILDREN, 'server_health', 'upstream_credentials']) {
      await manager.query(`/* servers.entomb_${table} */ DELETE FROM ${table} WHERE server_id = $1`, [id]);
    }
  }

  /**
   * Moves `is_latest` to where it belongs now; two statements, since the alias is unique among the latest.
   * @returns the versions whose flag changed.
   */
  async settleLatest(manager: EntityManager, tenantId: string, name: string): Promise<VersionFlag[]> {
    const versions = await this.versionsOf(manager, tenantId, name);
    const latest = latestOf(versions);
    const changed = versions
      .filter((version) => version.isLatest !== (version.id === latest?.id))
      .map(({ id, isLatest }) => ({ id, isLatest: !isLatest }));
    for (const isLatest of [false, true]) {
      const ids = changed.filter((version) => version.isLatest === isLatest).map((version) => version.id);
      if (ids.length === 0) continue;
      await manager.query(`/* servers.set_latest */ UPDATE mcp_servers SET is_latest = $2 WHERE id = ANY($1)`, [
        ids,
        isLatest,
      ]);
    }
    return changed;
  }
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}
