import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';
import type { RoutedServer } from './routed-server.js';

const COLUMNS = `id, tenant_id AS "tenantId", name, version, alias, title, url, transport_type AS "transportType", status,
  lifecycle, eras, capabilities, settings, shared, is_latest AS "isLatest", instructions, upstream_version AS "upstreamVersion"`;
const ROUTABLE = `deleted_at IS NULL AND url IS NOT NULL AND transport_type IN ('streamable-http', 'sse')`;
const BATCH = 5000;

/** Reads every tenant's servers: who may see which is decided by the table. From the primary. */
@Injectable()
export class RoutesRepository {
  constructor(private readonly database: DatabaseAccess) {}

  async *all(): AsyncGenerator<RoutedServer[]> {
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const rows = await this.database.query<RoutedServer>(
        `/* routes.all */ SELECT ${COLUMNS} FROM mcp_servers WHERE ${ROUTABLE} AND id > $1 ORDER BY id LIMIT ${String(BATCH)}`,
        [after],
      );
      if (rows.length > 0) yield rows;
      const last = rows.at(-1);
      if (!last || rows.length < BATCH) return;
      after = last.id;
    }
  }

  byIds(ids: readonly string[]): Promise<RoutedServer[]> {
    return this.database.query<RoutedServer>(
      `/* routes.by_ids */ SELECT ${COLUMNS} FROM mcp_servers WHERE ${ROUTABLE} AND id = ANY($1)`,
      [ids],
    );
  }
}
