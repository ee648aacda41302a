import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/start.js';
import {
  clusterOf,
  endHolder,
  Holder,
  postmasterOf,
  query,
  removeDataDir,
  startHolder,
  temporaryDataDir,
} from '../support/embedded-data-dir.js';

const isRoot = process.getuid?.() === 0;

const dataDirs: string[] = [];
const started: EmbeddedPostgres[] = [];
const holders: Holder[] = [];
let said: string[] = [];

async function dataDir(options?: { readonly private?: boolean }): Promise<string> {
  const folder = await temporaryDataDir(options);
  dataDirs.push(folder);
  return folder;
}

async function start(folder: string): Promise<EmbeddedPostgres> {
  const log = { info: (line: string) => said.push(line), warn: (line: string) => said.push(line) };
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log });
  started.push(postgres);
  return postgres;
}

async function hold(folder: string): Promise<Holder> {
  const holder = await startHolder(folder);
  holders.push(holder);
  return holder;
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

afterEach(async () => {
  for (const holder of holders.splice(0)) await endHolder(holder, 'SIGTERM');
  for (const postgres of started.splice(0)) await postgres.stop();
  for (const folder of dataDirs.splice(0)) {
    // A test that failed half-way may have left the server of a killed holder.
    if (await postmasterOf(folder).catch(() => undefined)) await (await start(folder)).stop();
    await removeDataDir(folder);
  }
  said = [];
});

describe('startEmbeddedPostgres', { timeout: 60_000 }, () => {
  it('makes the cluster once and finds the data again', async () => {
    const folder = await dataDir();
    const first = await start(folder);
    await query(first.ownerUrl, 'CREATE TABLE kept (word text)');
    await query(first.ownerUrl, `INSERT INTO kept VALUES ('here')`);
    await first.stop();
    expect(said.join('\n')).toContain('creating the embedded database');

    said = [];
    const second = await start(folder);
    expect(await query(second.ownerUrl, 'SELECT word FROM kept')).toEqual([{ word: 'here' }]);
    expect(second.port).toBe(first.port);
    expect(said.join('\n')).not.toContain('creating');
  });

  it('gives the owner its database and its extensions, and the application a connection only', async () => {
    const { url, ownerUrl } = await start(await dataDir());
    await query(ownerUrl, 'CREATE EXTENSION pg_trgm');
    await query(ownerUrl, 'CREATE EXTENSION btree_gin');
    await query(ownerUrl, 'CREATE TABLE secret (word text)');
    await query(ownerUrl, 'SELECT calls FROM pg_stat_statements LIMIT 1');
    await query(url, 'SELECT calls FROM pg_stat_statements LIMIT 1');
    await expect(query(url, 'SELECT * FROM secret')).rejects.toThrow('permission denied');
    await expect(query(url, 'CREATE TABLE mine (word text)')).rejects.toThrow('permission denied');
    await expect(query(url, 'CREATE TEMPORARY TABLE mine (word text)')).rejects.toThrow('permission denied');
    const rows = await query<{ rolsuper: boolean; rolcreaterole: boolean }>(
      ownerUrl,
      `SELECT DISTINCT rolsuper, rolcreaterole FROM pg_roles WHERE rolname IN (current_user, 'mcp_registry_app')`,
    );
    expect(rows).toEqual([{ rolsuper: false, rolcreaterole: false }]);
  });

  it('lower-cases beyond ASCII, checks its pages and keeps writes safe', async () => {
    const { ownerUrl } = await start(await dataDir());
    const [settings] = await query(
      ownerUrl,
      `SELECT lower('ÄЖ') AS lowered, current_setting('data_checksums') AS checksums, current_setting('fsync') AS fsync,
        current_setting('server_encoding') AS encoding, current_setting('listen_addresses') AS addresses`,
    );
    expect(settings).toEqual({
      lowered: 'äж',
      checksums: 'on',
      fsync: 'on',
      encoding: 'UTF8',
      addresses: '127.0.0.1',
    });
  });

  it('keeps passwords in files that only their owner reads, and says none', async () => {
    const folder = await dataDir();
    const { url, ownerUrl } = await start(folder);
    expect((await lstat(join(folder, 'embedded.json'))).mode & 0o777).toBe(0o600);
    expect((await lstat(join(folder, 'postgres.log'))).mode & 0o777).toBe(0o600);
    expect((await lstat(await clusterOf(folder))).mode & 0o777).toBe(0o700);
    expect((await readdir(folder)).sort()).toEqual(['embedded.json', 'embedded.lock', 'postgres', 'postgres.log']);
    const text = (await readFile(join(folder, 'postgres.log'), 'utf8')) + said.join('\n');
    for (const { password } of [new URL(url), new URL(ownerUrl)]) expect(text).not.toContain(password);
    const statements = await query<{ query: string }>(ownerUrl, 'SELECT query FROM pg_stat_statements');
    expect(statements.filter(({ query }) => /PASSWORD/i.test(query))).toEqual([]);
  });

  it('recovers from a kill -9 of the service: the server that it left is replaced, and the data is there', async () => {
    const folder = await dataDir();
    const holder = await hold(folder);
    await query(holder.report.ownerUrl, 'CREATE TABLE kept AS SELECT 1 AS number');
    const orphan = await postmasterOf(folder);
    await endHolder(holder, 'SIGKILL');
    expect(runs(orphan)).toBe(true);

    const next = await start(folder);
    expect(await postmasterOf(folder)).not.toBe(orphan);
    expect(await query(next.ownerUrl, 'SELECT number FROM kept')).toEqual([{ number: 1 }]);
    expect(said.join('\n')).toContain(`(process ${orphan}) outlived`);
  });

  it('recovers from a kill -9 of the service and of PostgreSQL', async () => {
    const folder = await dataDir();
    const holder = await hold(folder);
    await query(holder.report.ownerUrl, 'CREATE TABLE kept AS SELECT 1 AS number');
    const orphan = await postmasterOf(folder);
    await endHolder(holder, 'SIGKILL');
    process.kill(orphan, 'SIGKILL');

    const next = await start(folder);
    expect(await query(next.ownerUrl, 'SELECT number FROM kept')).toEqual([{ number: 1 }]);
  });

  it("recovers when the pid in PostgreSQL's lock file now is another process", async () => {
    const folder = await dataDir();
    await (await start(folder)).stop();
    const cluster = await clusterOf(folder);
    await writeFile(join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n`);
    expect(await query((await start(folder)).ownerUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it.each(['after the passwords were written', 'in initdb'])('starts anew after a kill %s', async (moment) => {
    const folder = await dataDir();
    await (await start(folder)).stop();
    const record = JSON.parse(await readFile(join(folder, 'embedded.json'), 'utf8')) as object;
    const other = await dataDir();
    await mkdir(other, { recursive: true, mode: 0o711 });
    await writeFile(join(other, 'embedded.json'), JSON.stringify({ ...record, complete: false }), { mode: 0o600 });
    if (moment === 'in initdb') await mkdir(join(other, 'postgres.new-abc', 'cluster', 'base'), { recursive: true });
    const postgres = await start(other);
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await readdir(other)).filter((name) => name.includes('.new'))).toEqual([]);
  });

  it('refuses a second service while the first lives, and lets it in afterwards', async () => {
    const folder = await dataDir();
    const holder = await hold(folder);
    await expect(start(folder)).rejects.toMatchObject({
      code: 'database.data_dir_in_use',
      message: expect.stringContaining(`is in use by process ${holder.process.pid}`) as string,
    });
    expect(await query(holder.report.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await endHolder(holder, 'SIGTERM');
    await start(folder);
    const refused = await hold(folder);
    expect(refused.report.code).toBe('database.data_dir_in_use');
  });

  it('is held by at most one of several that start at once', async () => {
    const folder = await dataDir();
    const starting = await Promise.allSettled([1, 2, 3, 4].map(() => start(folder)));
    const refused = starting.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(refused.length).toBeGreaterThanOrEqual(3);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'database.data_dir_in_use' });
  });

  it('does not believe a claim of a killed process whose pid is in use again', async () => {
    const folder = await dataDir();
    await mkdir(join(folder, 'embedded.lock'), { recursive: true });
    await writeFile(join(folder, 'embedded.lock', `${process.pid}.0123456789abcdef.000000000000`), '');
    const { url } = await start(folder);
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('takes another port when its last one is taken', async () => {
    const folder = await dataDir();
    const first = await start(folder);
    await first.stop();
    const squatter = createServer().listen(first.port, '127.0.0.1');
    try {
      const second = await start(folder);
      expect(second.port).not.toBe(first.port);
      expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      squatter.close();
    }
  });

  it('ends PostgreSQL with stop(), twice, under open connections', async () => {
    const folder = await dataDir();
    const postgres = await start(folder);
    const pid = await postmasterOf(folder);
    const sleeping = query(postgres.url, 'SELECT pg_sleep(60)').catch((error: unknown) => error);
    await delay(100);
    await Promise.all([postgres.stop(), postgres.stop()]);
    expect(runs(pid)).toBe(false);
    expect(await sleeping).toBeInstanceOf(Error);
  });

  it('says what is lost instead of starting empty', async () => {
    const folder = await dataDir();
    await (await start(folder)).stop();
    const record = join(folder, 'embedded.json');
    const text = await readFile(record, 'utf8');
    await writeFile(record, text.replace('"postgres"', '"elsewhere"'));
    await expect(start(folder)).rejects.toMatchObject({ code: 'database.embedded_lost' });
    await writeFile(record, text.replaceAll(/"password": ".*"/g, '"password": "of-another-cluster"'));
    await expect(start(folder)).rejects.toMatchObject({
      code: 'database.embedded_failed',
      message: expect.stringContaining('password authentication failed') as string,
    });
    await writeFile(record, text.slice(0, 50));
    await expect(start(folder)).rejects.toMatchObject({ code: 'database.embedded_record_invalid' });
  });

  it.runIf(isRoot)('works as root below a private folder, and again after a kill', async () => {
    const folder = await dataDir({ private: true });
    const holder = await hold(folder);
    await query(holder.report.ownerUrl, 'CREATE TABLE kept AS SELECT 1 AS number');
    expect(await clusterOf(folder)).toMatch(/^\/var\/lib\/mcp-registry-gateway\/[0-9a-f]{16}\/postgres$/);
    expect((await lstat(await clusterOf(folder))).uid).not.toBe(0);
    await endHolder(holder, 'SIGKILL');
    const next = await start(folder);
    expect(await query(next.ownerUrl, 'SELECT number FROM kept')).toEqual([{ number: 1 }]);
  });
});
