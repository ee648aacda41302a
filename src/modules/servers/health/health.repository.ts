import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DatabaseAccess } from '../../../database/database-access.js';
import { isMissingPartition } from '../../../database/database-errors.js';
import { PartitionJob } from '../../../database/partition-job.js';
import type { Scope } from '../../../kernel/scope.js';
import { readable } from '../../../database/scope-sql.js';
import { uuidv7 } from '../../../kernel/uuid.js';
import type { Eras, Lifecycle, ServerStatus, TransportType } from '../../../kernel/words.js';
import { nextHealth } from './status-transition.js';

/** What the job needs of a server that is due. */
export interface DueServer {
  readonly id: string;
  readonly url: string;
  readonly transportType: TransportType;
  readonly eras: Eras;
  readonly lastSyncedAt: Date | null;
  readonly fingerprint: string | null;
}

/** What a check found. `url` and `transportType` are what was checked: the server may have moved since. */
export interface CheckOutcome {
  readonly server: {
    readonly id: string;
    readonly url: string | null;
    readonly transportType: TransportType | null;
  };
  readonly checkedAt: Date;
  readonly ok: boolean;
  readonly responseTimeMs: number | null;
  readonly error: string | null;
}

/** The state of a server before a check and after it. */
export interface CheckedServer {
  readonly id: string;
  readonly tenantId: string;
  readonly lifecycle: Lifecycle;
  readonly previousStatus: ServerStatus;
  readonly status: ServerStatus;
  readonly consecutiveFailures: number;
  readonly checkedAt: Date;
  readonly lastRecordedAt: Date | null;
  readonly responseTimeMs: number | null;
  readonly error: string | null;
}

interface LockedServer {
  readonly id: string;
  readonly tenantId: string;
  readonly url: string | null;
  readonly transportType: TransportType | null;
  readonly lifecycle: Lifecycle;
  readonly status: ServerStatus;
  readonly consecutiveFailures: number;
  readonly lastRecordedAt: Date | null;
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
      `/* health.claim */ WITH due AS MATERIALIZED (
         SELECT d.server_id FROM server_health d JOIN mcp_servers m ON m.id = d.server_id
         WHERE d.next_check_at <= $1 AND m.url IS NOT NULL AND m.status <> 'maintenance' AND m.deleted_at IS NULL
         ORDER BY d.next_check_at LIMIT $3 FOR UPDATE OF d SKIP LOCKED)
       UPDATE server_health h SET next_check_at = $2
       FROM due, mcp_servers s
       WHERE h.server_id = due.server_id AND s.id = due.server_id
       RETURNING s.id, s.url, s.transport_type AS "transportType", s.eras, h.last_synced_at AS "lastSyncedAt", h.fingerprint`,
      [now, nextCheckAt, limit],
    );
    return rows ?? [];
  }

  /**
   * Writes what checks found, in one batch: the next state follows from the state that the server has
   * by now. One that was deleted, moved or put into maintenance meanwhile keeps what it was given.
   * @returns those that were taken over.
   */
  async write(manager: EntityManager, outcomes: readonly CheckOutcome[]): Promise<CheckedServer[]> {
    const current = await this.#lock(manager, outcomes);
    const checked = outcomes.flatMap((outcome) => {
      const now = current.get(outcome.server.id);
      return now && isAbout(outcome, now) ? [stateAfter(outcome, now)] : [];
    });
    if (checked.length === 0) return checked;
    await manager.query(
      `/* health.write_state */ UPDATE server_health h
       SET last_checked_at = c.at, consecutive_failures = c.failures, response_time_ms = coalesce(c.ms, h.response_time_ms),
         last_error = c.error
       FROM unnest($1::uuid[], $2::timestamptz[], $3::integer[], $4::real[], $5::text[]) AS c(id, at, failures, ms, error)
       WHERE h.server_id = c.id`,
      [
        checked.map((check) => check.id),
        checked.map((check) => check.checkedAt),
        checked.map((check) => check.consecutiveFailures),
        checked.map((check) => check.responseTimeMs),
        checked.map((check) => check.error),
      ],
    );
    const changed = checked.filter((check) => check.status !== check.previousStatus);
    if (changed.length > 0) {
      await manager.query(
        `/* health.write_status */ UPDATE mcp_servers s SET status = c.status
         FROM unnest($1::uuid[], $2::text[]) AS c(id, status) WHERE s.id = c.id`,
        [changed.map((check) => check.id), changed.map((check) => check.status)],
      );
    }
    return checked;
  }

  /** Adds to the history what is a transition, or the first row in 5 minutes. */
  async record(checked: readonly CheckedServer[]): Promise<void> {
    const rows = checked.filter(
      ({ previousStatus, status, checkedAt, lastRecordedAt }) =>
        status !== previousStatus ||
        lastRecordedAt === null ||
        checkedAt.getTime() - lastRecordedAt.getTime() >= UNCHANGED_EVERY_MS,
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
          rows.map((row) => row.tenantId),
          rows.map((row) => row.id),
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

  /** A server that moved is a new one to the checks: what was read at its old address proves nothing. */
  async startOver(manager: EntityManager, serverId: string, at: Date): Promise<void> {
    await manager.query(
      `/* health.start_over */ UPDATE server_health SET next_check_at = $2, consecutive_failures = 0,
         last_synced_at = NULL, fingerprint = NULL, last_error = NULL WHERE server_id = $1`,
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

  /** The registry's row first, in the order of ids, as everybody locks them: else two writers wait for each other. */
  async #lock(manager: EntityManager, outcomes: readonly CheckOutcome[]): Promise<Map<string, LockedServer>> {
    const rows = (await manager.query(
      `/* health.lock */ SELECT s.id, s.tenant_id AS "tenantId", s.url, s.transport_type AS "transportType", s.lifecycle,
         s.status, h.consecutive_failures AS "consecutiveFailures", h.last_recorded_at AS "lastRecordedAt"
       FROM mcp_servers s JOIN server_health h ON h.server_id = s.id
       WHERE s.id = ANY($1) AND s.deleted_at IS NULL ORDER BY s.id FOR NO KEY UPDATE OF s, h`,
      [outcomes.map((outcome) => outcome.server.id)],
    )) as LockedServer[];
    return new Map(rows.map((row) => [row.id, row]));
  }
}

function isAbout({ server }: CheckOutcome, now: LockedServer): boolean {
  return now.status !== 'maintenance' && now.url === server.url && now.transportType === server.transportType;
}

function stateAfter(outcome: CheckOutcome, now: LockedServer): CheckedServer {
  const { id, tenantId, lifecycle, status: previousStatus, lastRecordedAt } = now;
  const { checkedAt, ok, responseTimeMs, error } = outcome;
  return {
    id,
    tenantId,
    lifecycle,
    previousStatus,
    ...nextHealth(now, ok),
    checkedAt,
    lastRecordedAt,
    responseTimeMs,
    error,
  };
}
