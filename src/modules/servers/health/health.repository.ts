import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DatabaseAccess } from '../../../database/database-access.js';
import { isMissingPartition } from '../../../database/database-errors.js';
import { PartitionJob } from '../../../database/partition-job.js';
import type { Scope } from '../../../kernel/scope.js';
import { readable } from '../../../database/scope-sql.js';
import { uuidv7 } from '../../../kernel/uuid.js';
import type { Eras, Lifecycle, ServerStatus, TransportType } from '../../../kernel/words.js';

/** What the job needs of a server that is due. */
export interface DueServer {
  readonly id: string;
  readonly tenantId: string;
  readonly url: string;
  readonly transportType: TransportType;
  readonly status: ServerStatus;
  readonly lifecycle: Lifecycle;
  readonly eras: Eras;
  readonly consecutiveFailures: number;
  readonly lastSyncedAt: Date | null;
  readonly lastRecordedAt: Date | null;
  readonly fingerprint: string | null;
}

/** What a check found, and the state that follows from it. */
export interface CheckedServer {
  readonly server: Pick<DueServer, 'id' | 'tenantId' | 'status' | 'url' | 'lastRecordedAt'>;
  readonly checkedAt: Date;
  readonly status: ServerStatus;
  readonly consecutiveFailures: number;
  readonly responseTimeMs: number | null;
  readonly error: string | null;
}

export interface HealthCheckRow {
  readonly id: string;
  readonly checkedAt: Date;
  readonly status: ServerStatus;
  readonly responseTimeMs: number | null;
  readonly error: string | null;
}

const UNCHANGED_EVERY_MS = 5 * 60_000;

@Injectable()
export class HealthRepository {
  constructor(
    private readonly database: DatabaseAccess,
    private readonly partitions: PartitionJob,
  ) {}

  /**
   * Claims servers that are due, so that each is checked by one replica, and sets when they are due
   * next. Those that another replica is claiming are passed over.
   */
  async claimDue(now: Date, nextCheckAt: Date, limit: number): Promise<DueServer[]> {
    const [rows] = await this.database.query<DueServer[]>(
      `/* health.claim */ UPDATE server_health h SET next_check_at = $2
       FROM mcp_servers s
       WHERE s.id = h.server_id AND h.server_id IN (
         SELECT d.server_id FROM server_health d JOIN mcp_servers m ON m.id = d.server_id
         WHERE d.next_check_at <= $1 AND m.url IS NOT NULL AND m.status <> 'maintenance' AND m.deleted_at IS NULL
         ORDER BY d.next_check_at LIMIT $3 FOR UPDATE OF d SKIP LOCKED)
       RETURNING s.id, s.tenant_id AS "tenantId", s.url, s.transport_type AS "transportType", s.status, s.lifecycle,
         s.eras, h.consecutive_failures AS "consecutiveFailures", h.last_synced_at AS "lastSyncedAt",
         h.last_recorded_at AS "lastRecordedAt", h.fingerprint`,
      [now, nextCheckAt, limit],
    );
    return rows ?? [];
  }

  /**
   * Writes what checks found, in one batch. A server that was changed meanwhile (its address, its
   * status by hand) keeps what it was given.
   * @returns those whose status changed, by what they are now.
   */
  async write(manager: EntityManager, checked: readonly CheckedServer[]): Promise<CheckedServer[]> {
    const [kept] = (await manager.query(
      `/* health.write_state */ UPDATE server_health h
       SET last_checked_at = c.at, consecutive_failures = c.failures, response_time_ms = coalesce(c.ms, h.response_time_ms),
         last_error = c.error
       FROM unnest($1::uuid[], $2::timestamptz[], $3::integer[], $4::real[], $5::text[], $6::text[])
         AS c(id, at, failures, ms, error, url), mcp_servers s
       WHERE h.server_id = c.id AND s.id = c.id AND s.url = c.url AND s.status <> 'maintenance'
       RETURNING h.server_id AS id`,
      [
        checked.map((check) => check.server.id),
        checked.map((check) => check.checkedAt),
        checked.map((check) => check.consecutiveFailures),
        checked.map((check) => check.responseTimeMs),
        checked.map((check) => check.error),
        checked.map((check) => check.server.url),
      ],
    )) as [{ readonly id: string }[], number];
    const ids = new Set(kept.map((row) => row.id));
    const changed = checked.filter((check) => ids.has(check.server.id) && check.status !== check.server.status);
    if (changed.length > 0) {
      await manager.query(
        `/* health.write_status */ UPDATE mcp_servers s SET status = c.status
         FROM unnest($1::uuid[], $2::text[]) AS c(id, status) WHERE s.id = c.id`,
        [changed.map((check) => check.server.id), changed.map((check) => check.status)],
      );
    }
    return changed;
  }

  /** Adds to the history what is a transition, or the first row in 5 minutes. Failing to is not a failed check. */
  async record(checked: readonly CheckedServer[]): Promise<void> {
    const rows = checked.filter(
      ({ server, status, checkedAt }) =>
        status !== server.status ||
        server.lastRecordedAt === null ||
        checkedAt.getTime() - server.lastRecordedAt.getTime() >= UNCHANGED_EVERY_MS,
    );
    if (rows.length === 0) return;
    const insert = async (): Promise<void> => {
      await this.database.query(
        `/* health.record */ WITH added AS (
           INSERT INTO health_checks (checked_at, id, tenant_id, server_id, status, response_time_ms, error)
           SELECT * FROM unnest($1::timestamptz[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::real[], $7::text[])
           RETURNING server_id, checked_at)
         UPDATE server_health h SET last_recorded_at = added.checked_at FROM added WHERE h.server_id = added.server_id`,
        [
          rows.map((row) => row.checkedAt),
          rows.map(() => uuidv7()),
          rows.map((row) => row.server.tenantId),
          rows.map((row) => row.server.id),
          rows.map((row) => row.status),
          rows.map((row) => row.responseTimeMs),
          rows.map((row) => row.error),
        ],
      );
    };
    try {
      await insert();
    } catch (error) {
      if (!isMissingPartition(error)) throw error;
      for (const { checkedAt } of rows) await this.partitions.createFor('health_checks', checkedAt);
      await insert();
    }
  }

  async markSynced(manager: EntityManager, serverId: string, at: Date, fingerprint: string): Promise<void> {
    await manager.query(
      `/* health.synced */ UPDATE server_health SET last_synced_at = $2, fingerprint = $3 WHERE server_id = $1`,
      [serverId, at, fingerprint],
    );
  }

  async setDue(manager: EntityManager, serverId: string, at: Date): Promise<void> {
    await manager.query(
      `/* health.set_due */ UPDATE server_health SET next_check_at = $2, consecutive_failures = 0 WHERE server_id = $1`,
      [serverId, at],
    );
  }

  /** Newest first. */
  async history(serverId: string, limit: number, after?: { checkedAt: Date; id: string }): Promise<HealthCheckRow[]> {
    const keyset = after === undefined ? '' : 'AND (checked_at, id) < ($3, $4)';
    return this.database.queryReplica<HealthCheckRow>(
      `/* health.history */ SELECT id, checked_at AS "checkedAt", status, response_time_ms AS "responseTimeMs", error
       FROM health_checks WHERE server_id = $1 ${keyset} ORDER BY checked_at DESC, id DESC LIMIT $2`,
      after === undefined ? [serverId, limit] : [serverId, limit, after.checkedAt, after.id],
    );
  }

  /** How many servers have each status; entries without an address have none. */
  async countByStatus(scope: Scope): Promise<ReadonlyMap<ServerStatus, number>> {
    const visible = readable(scope, 's', 1);
    const rows = await this.database.queryReplica<{ status: ServerStatus; count: number }>(
      `/* health.count */ SELECT s.status, count(*)::int AS count FROM mcp_servers s
       WHERE s.deleted_at IS NULL AND s.url IS NOT NULL AND ${visible.sql} GROUP BY s.status`,
      visible.parameters,
    );
    return new Map(rows.map((row) => [row.status, row.count]));
  }
}
