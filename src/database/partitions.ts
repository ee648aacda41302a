import type { QueryRunner } from 'typeorm';
import { databaseCode } from './database-errors.js';

/** A log table that is partitioned by day and dropped by retention. Modules register theirs. */
export interface PartitionedTable {
  readonly table: string;
  readonly retentionDays: number;
  /** Runs before a partition is dropped; a failure keeps the partition. */
  readonly beforeDrop?: (partition: string, queryRunner: QueryRunner) => Promise<void>;
}

const DAY_MS = 86_400_000;
/** Any constant: who changes the log tables' catalogue entries, one at a time. */
const LOG_TABLES_LOCK = 7_304_118_203;
/** duplicate_table, unique_violation (of the catalogue), and overlap with the one just made. */
const MADE_MEANWHILE = new Set(['42P07', '23505', '42P17']);

/** `mcp_audit_log_20261123`: the partition of the UTC day of `at`. */
export function partitionName(table: string, at: Date): string {
  return `${table}_${at.toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** The UTC days (at midnight) from `at` minus `back` to `at` plus `ahead`. */
export function daysAround(at: Date, back: number, ahead: number): Date[] {
  const midnight = Math.floor(at.getTime() / DAY_MS) * DAY_MS;
  return Array.from({ length: back + ahead + 1 }, (_, i) => new Date(midnight + (i - back) * DAY_MS));
}

/**
 * Takes turns with every process that makes or drops partitions or grants rights on the log tables: two
 * of them at once end in "tuple concurrently updated". Never wait for the migration lock in `work`.
 */
export async function inTurn<T>(queryRunner: QueryRunner, work: () => Promise<T>): Promise<T> {
  await queryRunner.query('SELECT pg_advisory_lock($1)', [LOG_TABLES_LOCK]);
  try {
    return await work();
  } finally {
    await queryRunner.query('SELECT pg_advisory_unlock($1)', [LOG_TABLES_LOCK]);
  }
}

/** Creates the partition of one UTC day where it is missing. */
export async function createPartition(queryRunner: QueryRunner, table: string, day: Date): Promise<void> {
  const [from = day] = daysAround(day, 0, 0);
  const to = new Date(from.getTime() + DAY_MS);
  try {
    await queryRunner.query(
      `CREATE TABLE IF NOT EXISTS ${partitionName(table, from)} PARTITION OF ${table}
       FOR VALUES FROM ('${from.toISOString()}') TO ('${to.toISOString()}')`,
    );
  } catch (error) {
    // IF NOT EXISTS looks before it locks: another replica may have made it in between.
    if (!MADE_MEANWHILE.has(databaseCode(error) ?? '')) throw error;
  }
}

/** The partitions of `table` whose whole day is older than `retentionDays`, oldest first. */
export async function expiredPartitions(
  queryRunner: QueryRunner,
  table: string,
  retentionDays: number,
  now: Date,
): Promise<string[]> {
  const rows = (await queryRunner.query(
    `SELECT relid::regclass::text AS name FROM pg_partition_tree($1::regclass) WHERE level = 1`,
    [table],
  )) as { readonly name: string }[];
  const [oldestKept = now] = daysAround(now, retentionDays, 0);
  const limit = partitionName(table, oldestKept);
  return rows
    .map((row) => row.name)
    .filter((name) => /_\d{8}$/.test(name) && name < limit)
    .sort();
}
