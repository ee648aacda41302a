import { DataSource, type QueryRunner } from 'typeorm';
import { SnakeNamingStrategy } from './naming-strategy.js';
import { QueryLog } from './query-log.js';
import { entities, migrations } from './schema-classes.js';

/** How long a statement of the owner waits for a lock before it gives up, so that it never queues traffic behind it. */
const LOCK_TIMEOUT = '10s';

/** A short-lived data source of the role that owns the tables: two connections, no statement timeout. */
export function ownerDataSource(ownerUrl: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url: ownerUrl,
    entities,
    migrations,
    extra: {
      max: 2,
      connectionTimeoutMillis: 10_000,
      statement_timeout: 0,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      options: `-c jit=off -c lock_timeout=${LOCK_TIMEOUT}`,
    },
    applicationName: 'mcp-registry-gateway owner',
    namingStrategy: new SnakeNamingStrategy(),
    migrationsTransactionMode: 'each',
    logger: new QueryLog(),
    synchronize: false,
  });
}

/** Runs `work` on a connection of the owner and closes it again. */
export async function asOwner<T>(
  ownerUrl: string,
  work: (queryRunner: QueryRunner, dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const dataSource = await ownerDataSource(ownerUrl).initialize();
  try {
    const queryRunner = dataSource.createQueryRunner();
    try {
      return await work(queryRunner, dataSource);
    } finally {
      await queryRunner.release();
    }
  } finally {
    await dataSource.destroy();
  }
}
