import { Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { SLOW_TRANSACTION_MS } from './query-log.js';

const log = new Logger('Database');

/**
 * Runs `work` in one transaction. `name` (`servers.register`) is what a slow one is logged as.
 * Keep it short and do no I/O but SQL inside: a connection is held throughout.
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  name: string,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const startedMs = performance.now();
  try {
    return await dataSource.transaction(work);
  } finally {
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs > SLOW_TRANSACTION_MS) log.warn(`Slow database transaction: ${elapsedMs.toFixed(2)}ms ${name}`);
  }
}
