import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { QueryRunner } from 'typeorm';
import { messageOf } from '../kernel/app-error.js';
import { Clock } from '../kernel/clock.js';
import { DatabaseAccess } from './database-access.js';
import { asOwner } from './owner-connection.js';
import { createPartition, daysAround, expiredPartitions, inTurn, type PartitionedTable } from './partitions.js';

const HOUR_MS = 3_600_000;
/** Yesterday too: a record may arrive late. */
const DAYS_BACK = 1;
const DAYS_AHEAD = 7;

/**
 * Keeps the daily partitions of the log tables: created ahead, created on demand for a late record,
 * dropped by retention. Each statement takes one short lock; two replicas at once do no harm.
 */
@Injectable()
export class PartitionJob {
  readonly #log = new Logger(PartitionJob.name);
  readonly #tables = new Map<string, PartitionedTable>();
  #running = false;

  constructor(
    private readonly database: DatabaseAccess,
    private readonly clock: Clock,
  ) {}

  register(table: PartitionedTable): void {
    this.#tables.set(table.table, table);
  }

  /** The partitions around today; called before the service is ready, and by the job. */
  async ensure(): Promise<void> {
    await asOwner(this.database.urls.ownerUrl, async (queryRunner) => {
      const days = daysAround(this.clock.now(), DAYS_BACK, DAYS_AHEAD);
      await inTurn(queryRunner, async () => {
        for (const { table } of this.#tables.values()) {
          for (const day of days) await createPartition(queryRunner, table, day);
        }
      });
    });
  }

  /** The partition for a record that is older than what is created ahead. */
  async createFor(table: string, at: Date): Promise<void> {
    await asOwner(this.database.urls.ownerUrl, (queryRunner) =>
      inTurn(queryRunner, () => createPartition(queryRunner, table, at)),
    );
  }

  /** @returns the names of what was dropped. What could not be is kept, logged, and tried again by the next round. */
  async dropExpired(): Promise<string[]> {
    const dropped: string[] = [];
    await asOwner(this.database.urls.ownerUrl, async (queryRunner) => {
      for (const table of this.#tables.values()) {
        try {
          for await (const partition of this.#dropEach(queryRunner, table)) dropped.push(partition);
        } catch (error) {
          this.#log.warn(`Old partitions of ${table.table} are kept for now: ${messageOf(error)}`);
        }
      }
    });
    return dropped;
  }

  /** Oldest first, and none after one that failed: what is kept has no gap. */
  async *#dropEach(queryRunner: QueryRunner, table: PartitionedTable): AsyncGenerator<string> {
    const { retentionDays, beforeDrop } = table;
    for (const partition of await expiredPartitions(queryRunner, table.table, retentionDays, this.clock.now())) {
      await beforeDrop?.(partition, queryRunner);
      await inTurn(queryRunner, () => queryRunner.query(`DROP TABLE IF EXISTS ${partition}`));
      yield partition;
    }
  }

  @Interval('partitions', HOUR_MS)
  async run(): Promise<void> {
    if (this.#running || !this.database.isOpen) return;
    this.#running = true;
    try {
      await this.ensure();
      const dropped = await this.dropExpired();
      if (dropped.length > 0) this.#log.log(`Dropped by retention: ${dropped.join(', ')}`);
    } catch (error) {
      this.#log.warn(`Partitions could not be kept: ${messageOf(error)}; trying again in an hour`);
    } finally {
      this.#running = false;
    }
  }
}
