import { Logger } from '@nestjs/common';
import type { Config } from '../config/config.js';
import type { DatabaseUrls } from './data-source-options.js';

export interface OpenDatabase {
  readonly urls: DatabaseUrls;
  /** Listeners of the embedded PostgreSQL, which no upstream may be. */
  readonly endpoints: readonly { readonly host: string; readonly port: number }[];
  /** Stops the embedded PostgreSQL; nothing to do for another. */
  close(): Promise<void>;
}

/** Says where the database is, and starts the embedded one when `DATABASE_URL` is not set. */
export async function openDatabase(config: Config): Promise<OpenDatabase> {
  const { url, ownerUrl, readUrls } = config.database;
  if (url !== undefined) {
    return { urls: { url, ownerUrl: ownerUrl ?? url, readUrls }, endpoints: [], close: () => Promise.resolve() };
  }
  // Loaded only here: a container has no embedded PostgreSQL.
  const { startEmbeddedPostgres } = await import('./embedded/start.js');
  const log = new Logger('EmbeddedPostgres');
  const postgres = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: {
      info: (message) => {
        log.log(message);
      },
      warn: (message) => {
        log.warn(message);
      },
    },
  });
  return {
    urls: { url: postgres.url, ownerUrl: postgres.ownerUrl, readUrls: [] },
    endpoints: [{ host: '127.0.0.1', port: postgres.port }],
    close: () => postgres.stop(),
  };
}
