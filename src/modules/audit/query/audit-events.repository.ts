import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';
import type { Scope } from '../../../kernel/scope.js';
import type { AuditRecord } from '../audit-record.entity.js';
import { auditCondition, type AuditFilter, type AuditPosition } from './audit-filter.js';

/** A row of the log, as it is read. */
export type StoredEvent = Omit<AuditRecord, 'tenantId' | 'chainHash'>;

export interface StatsRow {
  readonly kind: 'total' | 'tool' | 'user';
  readonly name: string | null;
  readonly calls: number;
  readonly errors: number;
  readonly interrupted: number;
  readonly p95DurationMs: number | null;
}

const NAMED_AT_MOST = 100;

/** Reads of the log. A replica will do: what is a moment old in the spool is not here either. */
@Injectable()
export class AuditEventsRepository {
  constructor(private readonly database: DatabaseAccess) {}

  /** The newest first. */
  async page(scope: Scope, filter: AuditFilter, limit: number, after?: AuditPosition): Promise<StoredEvent[]> {
    const { sql, parameters } = auditCondition(scope, filter, after);
    return this.database.queryReplica<StoredEvent>(
      `/* audit.page */
       SELECT a.timestamp, a.id, a.user_id AS "userId", a.principal_kind AS "principalKind",
         a.client_id AS "clientId", a.action, a.server_id AS "serverId", a.server_name AS "serverName",
         a.tool_name AS "toolName", a.definition_hash AS "definitionHash", a.arguments_hash AS "argumentsHash",
         a.arguments, a.state, a.success, a.error_code AS "errorCode", a.duration_ms AS "durationMs",
         a.request_bytes AS "requestBytes", a.response_bytes AS "responseBytes", a.client_ip AS "clientIp",
         a.correlation_id AS "correlationId", a.era, a.writer_id AS "writerId", a.seq
       FROM mcp_audit_log a
       WHERE ${sql}
       ORDER BY a.timestamp DESC, a.id DESC
       LIMIT $${String(parameters.length + 1)}`,
      [...parameters, limit],
    );
  }

  /** Totals, and the tools and users with the most calls. */
  async stats(scope: Scope, filter: AuditFilter): Promise<StatsRow[]> {
    const { sql, parameters } = auditCondition(scope, filter);
    return this.database.queryReplica<StatsRow>(
      `/* audit.stats */
       SELECT kind, name, calls, errors, interrupted, "p95DurationMs"
       FROM (
         SELECT *, row_number() OVER (PARTITION BY kind ORDER BY calls DESC, name) AS place
         FROM (
           SELECT CASE WHEN grouping(a.tool_name) = 0 THEN 'tool' WHEN grouping(a.user_id) = 0 THEN 'user' ELSE 'total' END
               AS kind,
             coalesce(a.tool_name, a.user_id) AS name, count(*)::int AS calls,
             (count(*) FILTER (WHERE NOT a.success))::int AS errors,
             (count(*) FILTER (WHERE a.state = 'interrupted'))::int AS interrupted,
             percentile_cont(0.95) WITHIN GROUP (ORDER BY a.duration_ms) AS "p95DurationMs"
           FROM mcp_audit_log a
           WHERE ${sql}
           GROUP BY GROUPING SETS ((), (a.tool_name), (a.user_id))
         ) AS grouped
         WHERE kind = 'total' OR name IS NOT NULL
       ) AS placed
       WHERE place <= ${String(NAMED_AT_MOST)}
       ORDER BY kind, place`,
      parameters,
    );
  }
}
