import { ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { AppError, messageOf } from '../../kernel/app-error.js';
import { Cluster } from './cluster.js';
import { EmbeddedLog } from './embedded-log.js';
import { freePort } from './free-port.js';
import { shutDown } from './postmaster.js';
import { COMMAND_ENV } from './run-command.js';
import { openServerLog, serverLogTail } from './server-log.js';
import { connectAs } from './superuser-client.js';

const ATTEMPTS = 6;
const PAUSE_MS = 500;
/** Long, because a server that was killed may have much of its log to replay. */
const READY_TIMEOUT_MS = 120_000;

export interface RunningServer {
  readonly port: number;
  /** Ends it within 15 s; a second call waits for the first. */
  stop(): Promise<void>;
}

/**
 * Starts the server on a cluster nobody serves, and answers when it takes connections.
 * @throws AppError `database.embedded_failed`, with the end of the server's log.
 */
export async function startServer(cluster: Cluster, logFile: string, log: EmbeddedLog): Promise<RunningServer> {
  let failure: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // The port may be taken between our look and the server's bind; and a killed server's children
    // may need a moment to let go of its shared memory.
    if (attempt > 0) await delay(PAUSE_MS);
    const port = await freePort(attempt === 0 ? cluster.record.port : undefined);
    const child = await spawnServer(cluster, port, logFile);
    try {
      await ready(child, cluster, port);
      return running(child, port, log);
    } catch (error) {
      await stopChild(child);
      failure = error;
    }
  }
  const tail = await serverLogTail(logFile);
  const message = `the embedded PostgreSQL does not start (${messageOf(failure)}); ${logFile} ends with:\n${tail}`;
  throw new AppError('unavailable', 'database.embedded_failed', message, { cause: failure });
}

function settings(port: number): string[] {
  return [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'shared_preload_libraries=pg_stat_statements',
    'max_connections=100',
    'shared_buffers=128MB',
    'fsync=on',
    // A statement that fails may have secrets in its text.
    'log_min_error_statement=panic',
    'log_checkpoints=off',
  ].flatMap((setting) => ['-c', setting]);
}

/** In a session of its own: Ctrl-C in our terminal reaches us alone, and we stop it once everything else is drained. */
async function spawnServer(cluster: Cluster, port: number, logFile: string): Promise<ChildProcess> {
  const output = await openServerLog(logFile);
  try {
    const child = spawn(cluster.binaries.postgres, ['-D', cluster.path, ...settings(port)], {
      ...cluster.account,
      cwd: '/',
      env: COMMAND_ENV,
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return child;
  } finally {
    await output.close();
  }
}

/** SCRAM proves both sides: a stranger who got the port first does not know our password, and is never taken for ours. */
async function ready(child: ChildProcess, { record }: Cluster, port: number): Promise<void> {
  const until = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    if (ended(child)) throw new Error(`it ended with ${child.signalCode ?? child.exitCode}`);
    try {
      const client = await connectAs(record.superuser, port, 'postgres');
      await client.end();
      return;
    } catch (error) {
      // Refused for good, unlike while it starts (cannot_connect_now) or does not listen yet.
      if (error instanceof DatabaseError && error.code !== '57P03') throw error;
      if (Date.now() > until) throw error;
    }
    await delay(25);
  }
}

function running(child: ChildProcess, port: number, log: EmbeddedLog): RunningServer {
  let stopped: Promise<void> | undefined;
  // Our last chance when the process ends without `stop()`, by an uncaught error for one.
  const atExit = (): void => void child.kill('SIGINT');
  process.once('exit', atExit);
  child.once('exit', (code, signal) => {
    process.off('exit', atExit);
    if (stopped === undefined) log.warn(`the embedded PostgreSQL ended (${signal ?? code}): restart the service`);
  });
  const stop = async (): Promise<void> => {
    if (!(await stopChild(child))) log.warn(`the embedded PostgreSQL (process ${child.pid}) does not stop`);
  };
  return { port, stop: () => (stopped ??= stop()) };
}

async function stopChild(child: ChildProcess): Promise<boolean> {
  const { pid } = child;
  return pid === undefined || shutDown({ pid, gone: () => ended(child) });
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
