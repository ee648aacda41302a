import { chown, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError, messageOf } from '../../kernel/app-error.js';
import { Login } from './cluster-record.js';
import { NativeBinaries } from './native-binaries.js';
import { Account, runCommand } from './run-command.js';
import { syncFolder } from './sync-folder.js';

/** Character classes for trigrams and text search; the first that the machine has. Sorting is the same under each. */
const CHARACTER_TYPES = ['C.UTF-8', 'en_US.UTF-8', 'C'];

export interface InitClusterOptions {
  readonly path: string;
  readonly binaries: NativeBinaries;
  readonly account: Account | undefined;
  readonly superuser: Login;
}

/**
 * Makes the cluster at `path`, all of it or nothing: `initdb` works in a sibling that is renamed when it is
 * whole, so a kill in between leaves only a sibling, which the next start removes.
 * @throws AppError `database.embedded_init_failed`.
 */
export async function initCluster({ path, binaries, account, superuser }: InitClusterOptions): Promise<void> {
  const parent = dirname(path);
  await removeLeftovers(parent, `${basename(path)}.new-`);
  const work = await mkdtemp(`${path}.new-`);
  try {
    const passwordFile = join(work, 'password');
    await writeFile(passwordFile, `${superuser.password}\n`, { mode: 0o600 });
    if (account !== undefined) {
      await chown(passwordFile, account.uid, account.gid);
      await chown(work, account.uid, account.gid);
    }
    await initdb(join(work, 'cluster'), passwordFile, { binaries, account, user: superuser.user });
    await rename(join(work, 'cluster'), path);
    await syncFolder(parent);
  } finally {
    await remove(work);
  }
}

interface InitdbOptions {
  readonly binaries: NativeBinaries;
  readonly account: Account | undefined;
  readonly user: string;
}

async function initdb(cluster: string, passwordFile: string, options: InitdbOptions): Promise<void> {
  const args = [
    `--pgdata=${cluster}`,
    `--username=${options.user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--data-checksums',
    '--no-instructions',
    // PostgreSQL's own Unicode rules: the same on every machine, and no upgrade of a C library breaks an index.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--text-search-config=english',
  ];
  let failure: unknown;
  for (const type of CHARACTER_TYPES) {
    try {
      await runCommand(options.binaries.initdb, [...args, `--lc-ctype=${type}`], {
        account: options.account,
        timeoutMs: 120_000,
      });
      return;
    } catch (error) {
      // initdb removes what it began; a locale that is missing is refused before it begins.
      failure = error;
    }
  }
  const message = `the embedded PostgreSQL could not create its data folder: ${messageOf(failure)}`;
  throw new AppError('unavailable', 'database.embedded_init_failed', message, { cause: failure });
}

async function removeLeftovers(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent)) if (name.startsWith(prefix)) await remove(join(parent, name));
}

/** An `initdb` whose parent was killed may still be writing here: what cannot be removed now goes at the next start. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(() => undefined);
}
