import pg from 'pg';
import type { DataSourceOptions, ReplicationMode } from 'typeorm';
import type { Config } from '../config/config.js';
import { SnakeNamingStrategy } from './naming-strategy.js';
import { CheckedPool, type CheckedPoolOptions } from './pool.js';
import { QueryLog, SLOW_QUERY_MS } from './query-log.js';
import { entities, migrations } from './schema-classes.js';

/** Where the database is: given by the environment, or the embedded one. */
export interface DatabaseUrls {
  /** The application's own role. */
  readonly url: string;
  /** The role that owns the tables: migrations and partitions. */
  readonly ownerUrl: string;
  readonly readUrls: readonly string[];
}

const PING_AFTER_IDLE_MS = 30_000;
const PING_TIMEOUT_MS = 2000;
/** Beyond the server's own limit, for a server that says nothing any more. */
const QUERY_TIMEOUT_MARGIN_MS = 5000;
const KEEP_ALIVE_AFTER_MS = 10_000;
const CLOSE_OVERFLOW_AFTER_MS = 10_000;

/** The options of the application's data source; `ormconfig.ts` gives the same to TypeORM's CLI. */
export function dataSourceOptions(config: Config['database'], urls: DatabaseUrls): DataSourceOptions {
  const pool: Omit<CheckedPoolOptions, 'statement_timeout'> & { options: string; statement_timeout: number } = {
    min: config.poolSize,
    max: config.poolSize + config.poolOverflow,
    idleTimeoutMillis: CLOSE_OVERFLOW_AFTER_MS,
    connectionTimeoutMillis: config.poolTimeoutMs,
    recycleAfterMs: config.poolRecycleSeconds * 1000,
    pingAfterIdleMs: PING_AFTER_IDLE_MS,
    pingTimeoutMs: PING_TIMEOUT_MS,
    statement_timeout: config.statementTimeoutMs,
    query_timeout: config.statementTimeoutMs + QUERY_TIMEOUT_MARGIN_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    options: '-c jit=off',
  };
  // Without this, TypeORM would send every SELECT to a replica.
  const defaultMode: ReplicationMode = 'master';
  return {
    type: 'postgres',
    ...(urls.readUrls.length === 0
      ? { url: urls.url }
      : { replication: { defaultMode, master: { url: urls.url }, slaves: urls.readUrls.map((url) => ({ url })) } }),
    entities,
    migrations,
    driver: { ...pg, Pool: CheckedPool },
    extra: pool,
    applicationName: 'mcp-registry-gateway',
    namingStrategy: new SnakeNamingStrategy(),
    migrationsTransactionMode: 'each',
    maxQueryExecutionTime: SLOW_QUERY_MS,
    logger: new QueryLog(),
    synchronize: false,
  };
}
