import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { requestsTo, type TestApp } from '../app.js';
import { createTestDatabase } from '../database.js';

/** What the process uses after its garbage was collected. */
export interface MemoryUsed {
  /** The heap, and the buffers outside of it. */
  readonly usedBytes: number;
  readonly rssBytes: number;
}

/** The built gateway as a process of its own that lives in the time of the test. */
export interface ClockedGateway extends Pick<TestApp, 'url' | 'request'> {
  /** Time passes, and what is due with it happens. */
  advance(ms: number): Promise<void>;
  memory(): Promise<MemoryUsed>;
  /** Sums of the gauges at `/metrics` by their names. */
  gauges(): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

type Answer = { readonly id: number; readonly answer: unknown } | { readonly listening: string };

export async function startClockedGateway(environment: NodeJS.ProcessEnv = {}): Promise<ClockedGateway> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'mrg-clocked-'));
  const child = fork(path.join(import.meta.dirname, 'program.mjs'), {
    execArgv: ['--expose-gc'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATA_DIR: dataDir,
      LOG_LEVEL: 'error',
      DATABASE_URL: database.urls.url,
      DATABASE_OWNER_URL: database.urls.ownerUrl,
      HEALTH_CHECK_INTERVAL_S: '3600',
      ...environment,
    },
  });
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const url = await listening(child);
    const ask = asker(child);
    return {
      url,
      request: requestsTo(url),
      advance: async (ms) => void (await ask({ ask: 'advance', ms })),
      memory: async () => (await ask({ ask: 'memory' })) as MemoryUsed,
      gauges: async () => gaugesIn(await (await fetch(`${url}/metrics`)).text()),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listening(child: ChildProcess): Promise<string> {
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the gateway ended before it listened'))),
  ])) as [Answer];
  if (!('listening' in message)) throw new Error('the gateway said something else first');
  return message.listening;
}

function asker(child: ChildProcess): (question: object) => Promise<unknown> {
  const open = new Map<number, (answer: unknown) => void>();
  let lastId = 0;
  child.on('message', (message: Answer) => {
    if (!('id' in message)) return;
    open.get(message.id)?.(message.answer);
    open.delete(message.id);
  });
  return (question) =>
    new Promise((resolve, reject) => {
      lastId += 1;
      open.set(lastId, resolve);
      child.send({ id: lastId, ...question }, (error) => {
        if (error) reject(error);
      });
    });
}

function gaugesIn(text: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\w+)(?:\{[^}]*\})? (\S+)$/.exec(line) ?? [];
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}
