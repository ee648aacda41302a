import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { DatabaseUrls } from './data-source-options.js';
import { CheckedPool, type PoolStatistics } from './pool.js';
import { inTransaction } from './transaction.js';

/**
 * The application's way to its database. The data source exists from the start and is opened by the
 * start sequence, so that probes answer while migrations run.
 */
@Injectable()
export class DatabaseAccess {
  constructor(
    readonly dataSource: DataSource,
    readonly urls: DatabaseUrls,
  ) {}

  get isOpen(): boolean {
    return this.dataSource.isInitialized;
  }

  async open(): Promise<void> {
    if (!this.isOpen) await this.dataSource.initialize();
  }

  async close(): Promise<void> {
    if (this.isOpen) await this.dataSource.destroy();
  }

  /** On the primary. Start the text with `/* name *\/`: it is what a slow query is logged as. */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.dataSource.query<Row[]>(sql, [...parameters]);
  }

  /** On a read replica where there is one. For lists and searches only, never for what fills a cache or a route. */
  async queryReplica<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const queryRunner: QueryRunner = this.dataSource.createQueryRunner('slave');
    try {
      return (await queryRunner.query(sql, [...parameters])) as Row[];
    } finally {
      await queryRunner.release();
    }
  }

  transaction<T>(name: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return inTransaction(this.dataSource, name, work);
  }

  /** Of the primary's pool; `undefined` until it is open. */
  poolStatistics(): PoolStatistics | undefined {
    const { driver } = this.dataSource;
    const pool: unknown = driver instanceof PostgresDriver ? driver.master : undefined;
    return pool instanceof CheckedPool ? pool.statistics() : undefined;
  }
}
