import { DataSource } from 'typeorm';
import { readConfig } from '../src/config/config.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { DatabaseAccess } from '../src/database/database-access.js';

/** The application's own access to a migrated database; `close()` it. Slow queries are not logged here. */
export async function openBenchDatabase(url: string): Promise<DatabaseAccess> {
  const urls = { url, ownerUrl: url, readUrls: [] };
  // Building an index over a million documents takes longer than a request may.
  const config = readConfig({ DATABASE_POOL_SIZE: '2', DATABASE_STATEMENT_TIMEOUT_MS: '600000' });
  const options = {
    ...dataSourceOptions(config.database, urls),
    entities: [],
    migrations: [],
    logging: false as const,
  };
  const access = new DatabaseAccess(new DataSource(options), urls);
  await access.open();
  return access;
}
