import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DataSource, QueryRunner } from 'typeorm';
import { messageOf } from '../kernel/app-error.js';
import { rebuildInvalidIndexes } from './concurrent-index.js';
import { grantApplicationRole } from './grants.js';
import { asOwner } from './owner-connection.js';

/** Any constant: the advisory lock that one migrating process holds. */
const MIGRATION_LOCK = 7_304_118_201;
const POLL_MS = 250;
const WAIT_AT_MOST_MS = 10 * 60_000;

const log = new Logger('Migrations');

/**
 * Brings the schema up to date, one process at a time, and rebuilds indexes that an interrupted run
 * left INVALID. The lock is polled: one that blocks would deadlock with `CREATE INDEX CONCURRENTLY`,
 * which waits for every other transaction, the blocked one included.
 * @returns the names of the migrations that ran.
 */
export async function migrate(ownerUrl: string, applicationUrl: string): Promise<string[]> {
  return asOwner(ownerUrl, async (queryRunner, dataSource) => {
    await lock(queryRunner);
    try {
      const ran = await dataSource.runMigrations();
      const rebuilt = await rebuildInvalidIndexes(queryRunner);
      for (const name of rebuilt) log.warn(`Index ${name} was left invalid by an interrupted run and is rebuilt`);
      await enableStatementStatistics(queryRunner);
      await grantApplicationRole(queryRunner, applicationUrl);
      return ran.map((migration) => migration.name);
    } finally {
      await queryRunner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    }
  });
}

/** The names of migrations that have not run, all of them on an empty database; for a process that may not migrate. */
export async function pendingMigrations(dataSource: DataSource): Promise<string[]> {
  const known = dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name);
  const [state] = (await dataSource.query(
    `/* migrations.table */ SELECT to_regclass('migrations') IS NOT NULL AS exists`,
  )) as readonly { readonly exists: boolean }[];
  if (state?.exists !== true) return known;
  const rows = (await dataSource.query(`/* migrations.executed */ SELECT name FROM migrations`)) as readonly {
    readonly name: string;
  }[];
  const executed = new Set(rows.map((row) => row.name));
  return known.filter((name) => !executed.has(name));
}

async function lock(queryRunner: QueryRunner): Promise<void> {
  const deadlineMs = performance.now() + WAIT_AT_MOST_MS;
  for (let waiting = false; ; waiting = true) {
    const [row] = (await queryRunner.query('SELECT pg_try_advisory_lock($1) AS locked', [MIGRATION_LOCK])) as {
      locked: boolean;
    }[];
    if (row?.locked === true) return;
    if (!waiting) log.log('Another process is migrating; waiting for it');
    if (performance.now() > deadlineMs) throw new Error('another process has held the migration lock for 10 minutes');
    await sleep(POLL_MS);
  }
}

async function enableStatementStatistics(queryRunner: QueryRunner): Promise<void> {
  try {
    await queryRunner.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    await queryRunner.query('SELECT 1 FROM pg_stat_statements LIMIT 1');
  } catch (error) {
    log.warn(`pg_stat_statements is not available (${messageOf(error)}): slowest statements will not be shown`);
  }
}
