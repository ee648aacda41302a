import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.js';

const root = path.join(import.meta.dirname, '../..');
const READY_WITHIN_MS = 60_000;

export interface ServiceProcess {
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything that it printed so far. */
  output(): string;
  /** Until `/health/ready` answers 200. */
  ready(): Promise<void>;
  /** The exit code, once it has ended. */
  ended(): Promise<number | null>;
}

/** The built service (`dist/main.js`) as a process of its own, on a free port unless told. */
export async function startService(environment: NodeJS.ProcessEnv): Promise<ServiceProcess> {
  const port = environment['PORT'] ?? String(await freePort());
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LOG_FORMAT: 'json', ...environment, PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    process: child,
    output: () => output,
    ready: async () => {
      const deadlineMs = Date.now() + READY_WITHIN_MS;
      while (!(await answers(`${url}/health/ready`))) {
        if (child.exitCode !== null || Date.now() > deadlineMs) throw new Error(`the service is not ready:\n${output}`);
        await sleep(50);
      }
    },
    ended: async () => (await exit)[0],
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
