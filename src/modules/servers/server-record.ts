import type { Server } from './entities/server.entity.js';

/** A registered server with what the health job knows of it. */
export interface ServerRecord extends Server {
  readonly lastCheckedAt: Date | null;
  readonly lastSyncedAt: Date | null;
  readonly lastRecordedAt: Date | null;
  readonly lastError: string | null;
  readonly responseTimeMs: number | null;
  readonly consecutiveFailures: number;
  readonly nextCheckAt: Date | null;
}

/** The columns of a `ServerRecord`, from `mcp_servers s LEFT JOIN server_health h`. */
export const SERVER_COLUMNS = `
  s.id, s.tenant_id AS "tenantId", s.name, s.version, s.alias, s.title, s.description, s.url,
  s.transport_type AS "transportType", s.status, s.lifecycle, s.is_latest AS "isLatest", s.owner, s.visibility,
  s.shared, s.tags, s.settings, s.capabilities, s.eras, s.upstream_version AS "upstreamVersion", s.instructions,
  s.server_json AS "serverJson", s.source, s.created_at AS "createdAt", s.updated_at AS "updatedAt",
  s.deleted_at AS "deletedAt", h.last_checked_at AS "lastCheckedAt", h.last_synced_at AS "lastSyncedAt",
  h.last_recorded_at AS "lastRecordedAt",
  h.last_error AS "lastError", h.response_time_ms AS "responseTimeMs",
  coalesce(h.consecutive_failures, 0) AS "consecutiveFailures", h.next_check_at AS "nextCheckAt"`;

export const SERVER_TABLES = 'mcp_servers s LEFT JOIN server_health h ON h.server_id = s.id';
