import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';

const HOLDER = fileURLToPath(new URL('embedded-holder.ts', import.meta.url));

export interface HolderReport {
  readonly url: string;
  readonly ownerUrl: string;
  readonly port: number;
  readonly code?: string;
  readonly message?: string;
}

export interface Holder {
  readonly process: ChildProcess;
  readonly report: HolderReport;
}

/** A `DATA_DIR` of its own; with `private`, below a folder that root alone may walk into. */
export async function temporaryDataDir(options: { readonly private?: boolean } = {}): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'mrg-embedded-'));
  await chmod(parent, options.private ? 0o700 : 0o711);
  return join(parent, 'data');
}

/** Removes it, and the cluster that lies elsewhere. Whatever serves it must have stopped. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const cluster = await clusterOf(dataDir).catch(() => undefined);
  if (cluster?.startsWith('/var/lib/mcp-registry-gateway/')) await rm(dirname(cluster), { recursive: true });
  await rm(dirname(dataDir), { recursive: true, force: true });
}

export async function clusterOf(dataDir: string): Promise<string> {
  const { cluster } = JSON.parse(await readFile(join(dataDir, 'embedded.json'), 'utf8')) as { cluster: string };
  return resolve(dataDir, cluster);
}

/** The server's pid, from the file that PostgreSQL keeps. */
export async function postmasterOf(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(await clusterOf(dataDir), 'postmaster.pid'), 'utf8'), 10);
}

/** Another process with the embedded database of `dataDir`, up as soon as this resolves (or refused: see `report`). */
export async function startHolder(dataDir: string): Promise<Holder> {
  const child = spawn(process.execPath, ['--import', 'tsx', HOLDER, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), once(child, 'exit')]);
  if (typeof first[0] !== 'string' || !first[0].startsWith('{')) throw new Error(`the holder ended with ${first[0]}`);
  return { process: child, report: JSON.parse(first[0]) as HolderReport };
}

export async function endHolder(holder: Holder, signal: NodeJS.Signals): Promise<void> {
  if (holder.process.exitCode !== null || holder.process.signalCode !== null) return;
  const exited = once(holder.process, 'exit');
  holder.process.kill(signal);
  await exited;
}

export async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
