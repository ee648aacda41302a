import { statSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../kernel/app-error.js';
import { EmbeddedLog } from './embedded-log.js';
import { commandOf, identityOf } from './process-identity.js';

const FAST_SHUTDOWN_MS = 10_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

/** A server process that can be asked to stop. */
export interface Postmaster {
  readonly pid: number;
  gone(): boolean;
}

/**
 * PostgreSQL's fast shutdown (SIGINT: sessions end, a checkpoint is written), then after 10 s the immediate one
 * (SIGQUIT: the next start recovers from the log). Answers whether it is gone, after 15 s at most.
 */
export async function shutDown(postmaster: Postmaster): Promise<boolean> {
  for (const [signal, waitMs] of [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
  ] as const) {
    if (postmaster.gone()) return true;
    try {
      process.kill(postmaster.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    for (let waitedMs = 0; waitedMs < waitMs && !postmaster.gone(); waitedMs += 20) await delay(20);
  }
  return postmaster.gone();
}

/**
 * Stops the server that a killed process left on this cluster. The caller holds the lock, so nobody else uses it.
 * It is stopped and not adopted: then what runs was always started by this process, with this version's binaries
 * and settings, and its end is seen; a fast shutdown costs some 100 ms.
 * @throws AppError `database.embedded_stuck` when it does not go.
 */
export async function stopOrphan(cluster: string, log: EmbeddedLog): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const pid = Number.parseInt(text, 10);
  const identity = pid > 0 ? identityOf(pid) : undefined;
  if (identity !== undefined && isServerOf(pid, cluster)) {
    log.warn(`an embedded PostgreSQL (process ${pid}) outlived the process that started it: stopping it`);
    if (!(await shutDown({ pid, gone: () => identityOf(pid) !== identity }))) {
      const message = `the embedded PostgreSQL (process ${pid}) on ${cluster} does not stop: end it by hand`;
      throw new AppError('unavailable', 'database.embedded_stuck', message);
    }
  } else if (identity !== undefined && commandOf(pid) === undefined) {
    // Another account's process that we may not look at: PostgreSQL does not take it for its own either.
    return;
  }
  // PostgreSQL takes any process with that pid for a server, be it a zombie that a container's first process
  // never reaps, and refuses to start. What the file also protects from, children of a killed server that still
  // live, PostgreSQL finds without it: it asks the kernel who is attached to this cluster's shared memory.
  await rm(file, { force: true });
}

function isServerOf(pid: number, cluster: string): boolean {
  if (commandOf(pid)?.includes(`-D ${cluster} `)) return true;
  try {
    // A server works in its data folder. Found by the folder and not by its name, which may have changed.
    const [theirs, ours] = [statSync(`/proc/${pid}/cwd`), statSync(cluster)];
    return theirs.dev === ours.dev && theirs.ino === ours.ino;
  } catch {
    return false;
  }
}
