import { Injectable } from '@nestjs/common';
import { DatabaseAccess } from '../../../database/database-access.js';
import type { Severity } from './alert-level.js';
import { PerformanceAlert } from './performance-alert.entity.js';

export interface AlertFilter {
  readonly metric?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly open?: boolean | undefined;
}

/** The history of alerts. It is about the service and belongs to no tenant. */
@Injectable()
export class AlertsRepository {
  constructor(private readonly database: DatabaseAccess) {}

  /** Writing it again changes nothing. */
  async insert(alert: PerformanceAlert): Promise<void> {
    await this.database.dataSource
      .createQueryBuilder()
      .insert()
      .into(PerformanceAlert)
      .values(alert)
      .orIgnore()
      .execute();
  }

  async clear(id: string, clearedAt: Date): Promise<void> {
    await this.database.query('/* alerts.clear */ UPDATE performance_alerts SET cleared_at = $2 WHERE id = $1', [
      id,
      clearedAt,
    ]);
  }

  async keepOpen(ids: readonly string[], seenAt: Date): Promise<void> {
    await this.database.query('/* alerts.keepOpen */ UPDATE performance_alerts SET seen_at = $2 WHERE id = ANY($1)', [
      ids,
      seenAt,
    ]);
  }

  /** Of replicas that ended without a word: cleared when they were last seen. */
  async clearUnseenSince(seenBefore: Date): Promise<void> {
    await this.database.query(
      '/* alerts.clearUnseen */ UPDATE performance_alerts SET cleared_at = seen_at WHERE cleared_at IS NULL AND seen_at < $1',
      [seenBefore],
    );
  }

  async deleteClearedBefore(before: Date): Promise<void> {
    await this.database.query('/* alerts.forget */ DELETE FROM performance_alerts WHERE cleared_at < $1', [before]);
  }

  /** Newest first, from behind `after` on. */
  async page(filter: AlertFilter, limit: number, after: string | undefined): Promise<PerformanceAlert[]> {
    const query = this.database.dataSource
      .createQueryBuilder(PerformanceAlert, 'alert')
      .orderBy('alert.id', 'DESC')
      .limit(limit);
    if (filter.metric !== undefined) query.andWhere('alert.metric = :metric', { metric: filter.metric });
    if (filter.severity !== undefined) query.andWhere('alert.severity = :severity', { severity: filter.severity });
    if (filter.open !== undefined) query.andWhere(`alert.clearedAt IS ${filter.open ? '' : 'NOT '}NULL`);
    if (after !== undefined) query.andWhere('alert.id < :after', { after });
    return query.getMany();
  }
}
