import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../kernel/app-error.js';
import { identityOf, UNKNOWN_IDENTITY } from './process-identity.js';

/** The claims of everybody who wants the embedded database below a `DATA_DIR`. */
export const LOCK_FOLDER = 'embedded.lock';
const ATTEMPTS = 6;

export interface DataDirLock {
  release(): Promise<void>;
}

/**
 * Takes the embedded database's part of `dataDir` for this process, or refuses.
 *
 * Every process first writes a claim of its own, an empty file whose name says who it is, and then reads
 * the others'. Whoever finds the claim of a living process takes its own back. Of two that start at once the
 * later one to write always sees the other, so both can never hold it; both may give way, hence the tries.
 * There is no step in which one process takes over another's file, which is where lock files with a pid go
 * wrong: what a killed process left is only a name that nobody answers to, and anyone may remove it. A pid
 * alone would be believed again once another process got it, so the name has the process' start as well.
 *
 * Claims of other PID namespaces (two containers on one volume) cannot be judged and count as dead.
 *
 * @throws AppError `database.data_dir_in_use` while another process, or this one, holds it.
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const folder = join(dataDir, LOCK_FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let holder: number | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const name = `${process.pid}.${identityOf(process.pid) ?? UNKNOWN_IDENTITY}.${randomBytes(6).toString('hex')}`;
    const claim = join(folder, name);
    await writeFile(claim, '', { flag: 'wx', mode: 0o600 });
    holder = await livingClaimant(folder, name);
    if (holder === undefined) return { release: () => rm(claim, { force: true }) };
    await rm(claim, { force: true });
    await delay(randomInt(20, 120));
  }
  throw new AppError(
    'conflict',
    'database.data_dir_in_use',
    `DATA_DIR ${dataDir} is in use by process ${holder}: stop that process, or set another DATA_DIR`,
  );
}

async function livingClaimant(folder: string, own: string): Promise<number | undefined> {
  let living: number | undefined;
  for (const name of await readdir(folder)) {
    if (name === own) continue;
    const [pid = '', claimed] = name.split('.');
    const actual = /^\d+$/.test(pid) ? identityOf(Number(pid)) : undefined;
    const lives = actual !== undefined && [actual, UNKNOWN_IDENTITY].includes(claimed ?? '');
    if (lives || actual === UNKNOWN_IDENTITY) living = Number(pid);
    else await rm(join(folder, name), { force: true });
  }
  return living;
}
