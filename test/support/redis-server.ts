import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from './ports.js';

export interface RedisServer {
  readonly url: string;
  close(): Promise<void>;
}

const START_WITHIN_MS = 10_000;

/**
 * `REDIS_URL`, else a `redis-server` of our own from the PATH, else (with `CI=true` only) one that apt
 * installs, else none: those tests are skipped, and one loud line says so. With `CI=true` none is a failure.
 */
export async function redisForTests(): Promise<RedisServer | undefined> {
  const given = process.env['REDIS_URL'];
  if (given) return { url: given, close: () => Promise.resolve() };
  const inCi = process.env['CI'] === 'true';
  if (!onPath() && inCi) {
    execFileSync('apt-get', ['update'], { stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], { stdio: 'ignore' });
  }
  if (onPath()) return startRedisServer();
  if (inCi) throw new Error('CI=true, and there is no redis-server: the tests on Redis may not be skipped');
  process.stderr.write(
    '\n*** SKIPPED: every test on Redis. Set REDIS_URL or install redis-server to run them. ***\n\n',
  );
  return undefined;
}

/** A Redis of the caller's own on a free port; it keeps nothing on disk. */
export async function startRedisServer(at?: number): Promise<RedisServer & { readonly pid: number }> {
  const port = at ?? (await freePort());
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    { stdio: 'ignore' },
  );
  const exited = once(child, 'exit');
  const deadlineMs = Date.now() + START_WITHIN_MS;
  while (!(await accepts(port))) {
    if (Date.now() > deadlineMs || child.exitCode !== null) throw new Error('redis-server did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url: `redis://127.0.0.1:${String(port)}`,
    pid: child.pid ?? 0,
    close: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A Redis of the caller's own that can be harmed. */
export interface HarmedRedis extends RedisServer {
  /** It keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** With all that it holds. */
  kill(): Promise<void>;
  /** On the same port, empty. */
  restart(): Promise<void>;
}

export async function startHarmedRedis(): Promise<HarmedRedis> {
  let server = await startRedisServer();
  const port = Number(new URL(server.url).port);
  return {
    url: server.url,
    freeze: () => process.kill(server.pid, 'SIGSTOP'),
    thaw: () => process.kill(server.pid, 'SIGCONT'),
    kill: () => server.close(),
    restart: async () => {
      server = await startRedisServer(port);
    },
    close: () => server.close(),
  };
}

/** Whether tests of faults, which need a Redis of their own, can run here; with `CI=true` they have to. */
export function canStartRedis(): boolean {
  return process.env['CI'] === 'true' || onPath();
}

function onPath(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
