import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
  // Two services share a spool only where a test wants it: it would be shipped to the other's database.
  const dataDir = environment['DATA_DIR'] ?? (await mkdtemp(path.join(tmpdir(), 'mrg-service-')));
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      LOG_FORMAT: 'json',
      ...environment,
      PORT: port,
      DATA_DIR: dataDir,
    },
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
    ended: async () => {
      const [code] = await exit;
      if (environment['DATA_DIR'] === undefined) await rm(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
