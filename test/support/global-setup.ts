import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/database/embedded/start.js';
import { migrate } from '../../src/database/migrator.js';
import { removeDataDir, temporaryDataDir } from './embedded-data-dir.js';
import { redisForTests } from './redis-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Roles and a migrated template on the PostgreSQL that the tests run on. */
    databaseServer: {
      readonly url: string;
      readonly ownerUrl: string;
      readonly adminUrl: string;
      readonly template: string;
    };
    /** Undefined: no Redis here, and those tests are skipped. */
    redisUrl: string | undefined;
  }
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** One PostgreSQL for all files: `DATABASE_URL` where it is set, else an embedded one of our own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env['DATABASE_URL'];
  const dataDir = await temporaryDataDir();
  const quiet = { info: () => undefined, warn: () => undefined };
  const embedded = external ? undefined : await startEmbeddedPostgres({ dataDir, log: quiet });
  const server = embedded ?? { url: external ?? '', ownerUrl: process.env['DATABASE_OWNER_URL'] ?? external ?? '' };

  const adminUrl = embedded ? await superuserUrl(embedded, dataDir) : server.ownerUrl;
  if (embedded) await allowDatabases(adminUrl, new URL(embedded.ownerUrl).username);

  const template = `mreg_template_${String(process.pid)}`;
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${template} OWNER "${new URL(server.ownerUrl).username}"`);
  await migrate(withDatabase(server.ownerUrl, template), withDatabase(server.url, template));

  const redis = await redisForTests();
  project.provide('databaseServer', { url: server.url, ownerUrl: server.ownerUrl, adminUrl, template });
  project.provide('redisUrl', redis?.url);

  return async () => {
    await redis?.close();
    await admin.query(`DROP DATABASE ${template} WITH (FORCE)`);
    await admin.end();
    await embedded?.stop();
    await removeDataDir(dataDir);
  };
}

async function superuserUrl({ ownerUrl }: { readonly ownerUrl: string }, dataDir: string): Promise<string> {
  const record = JSON.parse(await readFile(path.join(dataDir, 'embedded.json'), 'utf8')) as {
    readonly superuser: { readonly user: string; readonly password: string };
  };
  const url = new URL(ownerUrl);
  url.username = record.superuser.user;
  url.password = record.superuser.password;
  return url.href;
}

/** The product's owner role may not create databases, and tests want one each. */
async function allowDatabases(adminUrl: string, owner: string): Promise<void> {
  const superuser = new pg.Client({ connectionString: adminUrl });
  await superuser.connect();
  await superuser.query(`ALTER ROLE "${owner}" CREATEDB`);
  await superuser.end();
}
