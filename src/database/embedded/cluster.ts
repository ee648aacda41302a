import { lstat, realpath, readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { AppError } from '../../kernel/app-error.js';
import {
  ClusterRecord,
  newClusterRecord,
  readClusterRecord,
  RECORD_FILE,
  writeClusterRecord,
} from './cluster-record.js';
import { EmbeddedLog } from './embedded-log.js';
import { initCluster } from './init-cluster.js';
import { nativeBinaries, NativeBinaries } from './native-binaries.js';
import { canEnter, isRoot, unprivilegedAccount } from './postgres-account.js';
import { Account } from './run-command.js';
import { newSystemPath, passableFolder, systemFolder } from './system-folder.js';

const FOLDER = 'postgres';

/** A data folder that exists, and what is needed to start a server on it. */
export interface Cluster {
  readonly path: string;
  readonly record: ClusterRecord;
  readonly binaries: NativeBinaries;
  readonly account: Account | undefined;
}

/**
 * The cluster that belongs to `dataDir`, made at the first start. The caller holds the folder's lock.
 * @throws AppError `database.embedded_lost` when record and cluster do not both exist, `..._version` when another
 *   major version of PostgreSQL made it, `..._unreachable` when this account may not use it.
 */
export async function openCluster(dataDir: string, log: EmbeddedLog): Promise<Cluster> {
  const known = await readClusterRecord(dataDir);
  const path = resolve(dataDir, known?.cluster ?? FOLDER);
  if (await exists(path)) {
    if (known === undefined)
      throw lost(`${path} exists and ${join(dataDir, RECORD_FILE)}, which has its passwords, does not`);
    return existing(path, known);
  }
  if (known?.complete) throw lost(`${join(dataDir, RECORD_FILE)} names the cluster ${path}, which does not exist`);
  return created(dataDir, known?.cluster, log);
}

async function existing(path: string, record: ClusterRecord): Promise<Cluster> {
  const { uid, gid } = await stat(path);
  // Whoever made it keeps it, however the accounts of this machine have changed since.
  const account = isRoot() && uid !== 0 ? { uid, gid } : undefined;
  if (account === undefined ? uid !== process.getuid?.() || uid === 0 : !(await canEnter(account, path))) {
    const message = `the embedded database ${path} belongs to user id ${uid}, who cannot use it from here: start as that user, or set another DATA_DIR`;
    throw new AppError('unavailable', 'database.embedded_unreachable', message);
  }
  const binaries = await nativeBinaries(account);
  const major = (await readFile(join(path, 'PG_VERSION'), 'utf8')).trim();
  if (major !== binaries.version.split('.')[0]) {
    const message = `${path} was made by PostgreSQL ${major}, and this is ${binaries.version}: dump it with the old one, or set another DATA_DIR`;
    throw new AppError('unavailable', 'database.embedded_version', message);
  }
  return { path: await realpath(path), record, binaries, account };
}

/** `begun`: where a start that was killed meant to make it, so that it leaves nothing behind there. */
async function created(dataDir: string, begun: string | undefined, log: EmbeddedLog): Promise<Cluster> {
  const account = isRoot() ? await unprivilegedAccount(log) : undefined;
  const binaries = await nativeBinaries(account);
  const elsewhere = account !== undefined && !(await canEnter(account, dataDir));
  const far = begun !== undefined && isAbsolute(begun) ? begun : join(newSystemPath(), FOLDER);
  const record = newClusterRecord(elsewhere ? far : FOLDER);
  const path = resolve(dataDir, record.cluster);
  log.info(
    elsewhere
      ? `creating the embedded database in ${path}, since PostgreSQL does not run as root and ${dataDir} is private`
      : `creating the embedded database in ${path}`,
  );
  // Place and passwords are on disk before the cluster that has them.
  await writeClusterRecord(dataDir, record);
  if (elsewhere) {
    await systemFolder();
    await passableFolder(dirname(path));
  }
  await initCluster({ path, binaries, account, superuser: record.superuser });
  return { path: await realpath(path), record, binaries, account };
}

function lost(what: string): AppError {
  const message = `${what}: restore it, or move what is left of the embedded database away to start with an empty one`;
  return new AppError('unavailable', 'database.embedded_lost', message);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
