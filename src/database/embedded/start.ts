import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ClusterRecord, Login, writeClusterRecord } from './cluster-record.js';
import { openCluster } from './cluster.js';
import { lockDataDir } from './data-dir-lock.js';
import { EmbeddedLog } from './embedded-log.js';
import { isRoot } from './postgres-account.js';
import { stopOrphan } from './postmaster.js';
import { prepareDatabase } from './prepare-database.js';
import { RunningServer, startServer } from './server.js';

export interface EmbeddedPostgresOptions {
  /** `DATA_DIR`: made when it does not exist. */
  readonly dataDir: string;
  readonly log: EmbeddedLog;
}

/** A PostgreSQL of our own, for machines that have none. It listens on 127.0.0.1 only. */
export interface EmbeddedPostgres {
  /** With the application's role, which may connect; what else it may, the migrations grant. */
  readonly url: string;
  /** With the role that owns the database. */
  readonly ownerUrl: string;
  readonly port: number;
  /** Shuts PostgreSQL down (within 15 s) and gives `DATA_DIR` free. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that belongs to `dataDir`; the first time it makes the cluster, its two roles and its
 * database. What a killed process left, a running server included, is cleared up first. As root, PostgreSQL runs as
 * another account, and where that one cannot reach `dataDir` the cluster lies elsewhere: `embedded.json` says where.
 * @throws AppError `database.data_dir_in_use` while another process has it, else `database.embedded_*`.
 */
export async function startEmbeddedPostgres({ dataDir, log }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(dataDir);
  // As root others may walk through it, not list it: PostgreSQL's account has its cluster below.
  await mkdir(folder, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
  const lock = await lockDataDir(folder);
  let server: RunningServer | undefined;
  const stop = async (): Promise<void> => {
    await server?.stop();
    await lock.release();
  };
  try {
    const cluster = await openCluster(folder, log);
    await stopOrphan(cluster.path, log);
    server = await startServer(cluster, join(folder, 'postgres.log'), log);
    const { port } = server;
    if (!cluster.record.complete) await prepareDatabase(cluster.record, port);
    const record: ClusterRecord = { ...cluster.record, complete: true, port };
    if (!cluster.record.complete || cluster.record.port !== port) await writeClusterRecord(folder, record);
    log.info(`embedded PostgreSQL ${cluster.binaries.version} listens on 127.0.0.1:${port}`);
    const url = (login: Login): string =>
      `postgres://${login.user}:${login.password}@127.0.0.1:${port}/${record.database}`;
    return { url: url(record.application), ownerUrl: url(record.owner), port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
