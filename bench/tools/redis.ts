import { spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopChild } from './child-program.js';
import { freePort } from './free-port.js';

const STARTED_WITHIN_MS = 300;
const STOP_WITHIN_MS = 2_000;

export interface RunningRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** A `redis-server` from the PATH that keeps nothing; `undefined` when there is none. */
export async function startRedis(): Promise<RunningRedis | undefined> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  // The service waits for it by itself.
  await sleep(STARTED_WITHIN_MS);
  return { url: `redis://127.0.0.1:${port}`, stop: () => stopChild(child, 'SIGTERM', STOP_WITHIN_MS) };
}
