import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { inject } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { DatabaseAccess } from '../../src/database/database-access.js';
import { dataSourceOptions, type DatabaseUrls } from '../../src/database/data-source-options.js';
import { withDatabase } from './global-setup.js';

export interface TestDatabase {
  readonly urls: DatabaseUrls;
  close(): Promise<void>;
}

/** A database of the caller's own: an empty one, or a clone of the migrated template (the default). */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = inject('databaseServer');
  const name = `mreg_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: server.adminUrl });
  await admin.connect();
  const owner = new URL(server.ownerUrl).username;
  const template = options.empty === true ? '' : ` TEMPLATE ${server.template}`;
  await admin.query(`CREATE DATABASE ${name} OWNER "${owner}"${template}`);
  return {
    urls: { url: withDatabase(server.url, name), ownerUrl: withDatabase(server.ownerUrl, name), readUrls: [] },
    close: async () => {
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
}

/** An open `DatabaseAccess` with a small pool, for repositories under test. */
export async function openTestDatabase(environment: NodeJS.ProcessEnv = {}): Promise<{
  access: DatabaseAccess;
  urls: DatabaseUrls;
  close(): Promise<void>;
}> {
  const database = await createTestDatabase();
  const config = readConfig({ DATABASE_POOL_SIZE: '4', DATABASE_POOL_OVERFLOW: '4', ...environment });
  const access = new DatabaseAccess(new DataSource(dataSourceOptions(config.database, database.urls)), database.urls);
  await access.open();
  return {
    access,
    urls: database.urls,
    close: async () => {
      await access.close();
      await database.close();
    },
  };
}
