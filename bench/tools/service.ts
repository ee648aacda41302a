import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded, pidOf, ROOT, stopChild } from './child-program.js';
import { freePort } from './free-port.js';

const READY_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 30_000;
const SYSTEM_CLUSTERS = '/var/lib/mcp-registry-gateway/';

/** The built service with a `DATA_DIR` of its own, as a process that this one started. */
export interface RunningService {
  readonly url: string;
  readonly pid: number;
  readonly dataDir: string;
  /** `POST /api/v1/servers`; the answer. Throws when it is not 201. */
  register(server: { name: string; endpointUrl: string; [field: string]: unknown }): Promise<RegisteredServer>;
  remove(server: RegisteredServer): Promise<void>;
  /** Ends it as Ctrl-C does, without the delay that load balancers need, and removes what it stored. */
  stop(): Promise<void>;
}

export interface RegisteredServer {
  readonly id: string;
  readonly alias: string;
  readonly status: string;
  readonly lastError: string | null;
  readonly eras: Readonly<Record<string, unknown>>;
}

/** `node dist/main.js`, as `npm start` runs it, on a free port, in local mode. The environment goes through, `env` on top of it. */
export async function startService(env: Readonly<Record<string, string>> = {}): Promise<RunningService> {
  if (!existsSync(path.join(ROOT, 'dist/main.js'))) throw new Error('there is no build: npm run build');
  const parent = await mkdtemp(path.join(tmpdir(), 'mrg-service-'));
  const dataDir = path.join(parent, 'data');
  const port = await freePort();
  const child = spawn(process.execPath, [...startFlags(), 'dist/main.js'], {
    cwd: ROOT,
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'json',
      AUTH_MODE: 'local',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await stopChild(child, 'SIGINT', STOP_WITHIN_MS);
    await removeData(parent, dataDir);
  };
  try {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!(await isReady(url))) {
      if (hasEnded(child)) throw new Error('the service ended while it started');
      if (performance.now() > deadline) throw new Error('the service was not ready in time');
      await sleep(100);
    }
    return {
      url,
      pid: pidOf(child),
      dataDir,
      register: async (server) => (await rest(url, 'POST', '/api/v1/servers', 201, server)) as RegisteredServer,
      remove: async ({ id }) => void (await rest(url, 'DELETE', `/api/v1/servers/${id}`, 204)),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What `npm start` tells Node. */
function startFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: { readonly start: string };
  };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

async function isReady(url: string): Promise<boolean> {
  const signal = AbortSignal.timeout(5_000);
  return fetch(`${url}/health/ready`, { signal }).then(
    (response) => response.ok,
    () => false,
  );
}

async function rest(url: string, method: string, route: string, expected: number, body?: object): Promise<unknown> {
  const response = await fetch(url + route, {
    method,
    signal: AbortSignal.timeout(60_000),
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status !== expected) throw new Error(`${method} ${route}: HTTP ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** A cluster may lie outside the folder: PostgreSQL does not run as root (see `DATA_DIR` in the configuration). */
async function removeData(parent: string, dataDir: string): Promise<void> {
  const place = await readFile(path.join(dataDir, 'embedded.json'), 'utf8').catch(() => '{}');
  const { cluster } = JSON.parse(place) as { cluster?: string };
  if (cluster?.startsWith(SYSTEM_CLUSTERS)) await rm(path.dirname(cluster), { recursive: true, force: true });
  await rm(parent, { recursive: true, force: true });
}
