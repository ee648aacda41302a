import { Injectable } from '@nestjs/common';
import { Secrets } from '../../../config/secrets.js';
import { DatabaseAccess } from '../../../database/database-access.js';
import { AppError } from '../../../kernel/app-error.js';
import { Clock } from '../../../kernel/clock.js';
import { type Principal, scopeOf } from '../../../kernel/principal.js';
import { atLeast } from '../../../kernel/role.js';
import type { Window } from '../chain/chain-source.js';
import { verifyAudit } from '../chain/verify-audit.js';
import type { Verification } from '../chain/verify.js';
import { AuditEventsRepository, type StatsRow, type StoredEvent } from './audit-events.repository.js';
import type { AuditFilter, AuditPosition } from './audit-filter.js';

const DAY_MS = 86_400_000;
const STATS_WINDOW_MS = DAY_MS;
const STATS_WINDOW_AT_MOST_MS = 31 * DAY_MS;
const EXPORT_PAGE = 1000;

export interface Stats {
  readonly from: Date;
  readonly to: Date;
  readonly rows: readonly StatsRow[];
}

/** Reads of the audit log: an administrator's for the whole tenant, everybody else's for what is their own. */
@Injectable()
export class AuditQueries {
  #verifying = false;

  constructor(
    private readonly events: AuditEventsRepository,
    private readonly database: DatabaseAccess,
    private readonly secrets: Secrets,
    private readonly clock: Clock,
  ) {}

  async page(
    principal: Principal,
    filter: AuditFilter,
    limit: number,
    after: AuditPosition | undefined,
  ): Promise<StoredEvent[]> {
    const allowed = visibleTo(principal, filter);
    return allowed ? this.events.page(scopeOf(principal), allowed, limit, after) : [];
  }

  /** Every event, page after page, so that the size does not matter. */
  async *all(principal: Principal, filter: AuditFilter): AsyncGenerator<StoredEvent> {
    for (let after: AuditPosition | undefined; ;) {
      const page = await this.page(principal, filter, EXPORT_PAGE, after);
      yield* page;
      const last = page.at(-1);
      if (!last || page.length < EXPORT_PAGE) return;
      after = positionOf(last);
    }
  }

  /**
   * Over a window, the last 24 hours unless told.
   * @throws AppError `audit.window_too_long`
   */
  async stats(principal: Principal, { from, to, ...filter }: AuditFilter): Promise<Stats> {
    const until = to ?? this.clock.now();
    const since = from ?? new Date(until.getTime() - STATS_WINDOW_MS);
    if (until.getTime() - since.getTime() > STATS_WINDOW_AT_MOST_MS) {
      const message = 'The window may be 31 days long at most.';
      throw new AppError('invalid', 'audit.window_too_long', message, { violations: [{ path: 'from', message }] });
    }
    const allowed = visibleTo(principal, { ...filter, from: since, to: until });
    return { from: since, to: until, rows: allowed ? await this.events.stats(scopeOf(principal), allowed) : [] };
  }

  /**
   * Of all tenants, one at a time: it reads every record.
   * @throws AppError `audit.verification_running`
   */
  async verify(window: Window): Promise<Verification> {
    if (this.#verifying) {
      throw new AppError('unavailable', 'audit.verification_running', 'A verification is running here already.', {
        retryAfterSeconds: 10,
      });
    }
    this.#verifying = true;
    try {
      return await verifyAudit((sql, parameters) => this.database.query(sql, parameters), this.secrets, window);
    } finally {
      this.#verifying = false;
    }
  }
}

export function positionOf({ timestamp, id }: StoredEvent): AuditPosition {
  return { timestamp: timestamp.toISOString(), id };
}

/** Undefined: nothing that this caller may see. */
function visibleTo(principal: Principal, filter: AuditFilter): AuditFilter | undefined {
  if (atLeast(principal.roles, 'admin')) return filter;
  if (filter.user !== undefined && filter.user !== principal.subject) return undefined;
  return { ...filter, user: principal.subject };
}
