import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { DatabaseAccess } from '../../src/database/database-access.js';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { asAppError } from '../../src/database/database-errors.js';
import { CheckedPool } from '../../src/database/pool.js';
import { startTestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

describe('the database pool', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let access: DatabaseAccess | undefined;

  beforeAll(async () => {
    database = await createTestDatabase();
    const { hostname, port } = new URL(database.urls.url);
    proxy = await startTcpProxy({ host: hostname, port: Number(port) || 5432 });
  });
  afterAll(async () => {
    await proxy.close();
    await database.close();
  });
  beforeEach(() => {
    proxy.restore();
  });
  afterEach(async () => {
    await access?.close();
    vi.restoreAllMocks();
  });

  async function open(environment: NodeJS.ProcessEnv = {}, extra: object = {}): Promise<DatabaseAccess> {
    const url = new URL(database.urls.url);
    url.host = `127.0.0.1:${String(proxy.port)}`;
    const urls = { url: url.href, ownerUrl: database.urls.ownerUrl, readUrls: [] };
    const config = readConfig({ DATABASE_POOL_SIZE: '2', DATABASE_POOL_OVERFLOW: '1', ...environment });
    const options = dataSourceOptions(config.database, urls);
    access = new DatabaseAccess(new DataSource({ ...options, extra: { ...options.extra, ...extra } }), urls);
    await access.open();
    return access;
  }

  it('keeps its size, opens the overflow under load and closes it again', async () => {
    const opened = await open({}, { idleTimeoutMillis: 100 });
    await Promise.all([1, 2, 3].map(() => opened.query('SELECT pg_sleep(0.2)')));
    expect(opened.poolStatistics()).toMatchObject({ size: 2, total: 3, overflow: 1, checkedOut: 0, waiting: 0 });
    await expect.poll(() => opened.poolStatistics()?.total, { timeout: 5000 }).toBe(2);
    expect(opened.poolStatistics()).toMatchObject({ overflow: 0, utilisationPercent: 0 });
  });

  it('refuses with 503 when no connection comes free in time', async () => {
    const opened = await open({ DATABASE_POOL_TIMEOUT_MS: '2000' });
    const held = [1, 2, 3].map(() => opened.query('SELECT pg_sleep(6)'));
    await expect.poll(() => opened.poolStatistics()?.utilisationPercent).toBe(100);
    await expect(opened.query('SELECT 1')).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'database.pool_timeout',
      retryAfterSeconds: 5,
    });
    await Promise.all(held);
  });

  it('answers over HTTP with a problem that says when to come back', async () => {
    const app = await startTestApp({
      environment: { DATABASE_POOL_SIZE: '1', DATABASE_POOL_OVERFLOW: '0', DATABASE_POOL_TIMEOUT_MS: '200' },
    });
    try {
      const pool = app.app.get(DatabaseAccess);
      const held = pool.query('SELECT pg_sleep(1)');
      await expect.poll(() => pool.poolStatistics()?.checkedOut).toBe(1);
      const refused = await app.request('GET', '/api/v1/servers');
      expect(refused.status).toBe(503);
      expect(refused.headers.get('content-type')).toContain('application/problem+json');
      expect(refused.headers.get('retry-after')).toBe('5');
      expect(refused.body).toMatchObject({ status: 503, code: 'database.pool_timeout' });
      await held;
      expect((await app.request('GET', '/api/v1/servers')).status).toBe(200);
    } finally {
      await app.close();
    }
  });

  it('counts truly at every stage, of all that may be open', async () => {
    const opened = await open();
    const idle = { size: 2, idle: 1, checkedOut: 0, overflow: 0, waiting: 0, invalid: 0, total: 1 };
    expect(opened.poolStatistics()).toEqual({ ...idle, utilisationPercent: 0 });
    const held = Array.from({ length: 5 }, () => opened.query('SELECT pg_sleep(0.3)'));
    await expect.poll(() => opened.poolStatistics()?.idle).toBe(0);
    expect(opened.poolStatistics()).toMatchObject({
      checkedOut: 3,
      overflow: 1,
      waiting: 2,
      total: 3,
      utilisationPercent: 100,
    });
    await Promise.all(held);
    expect(opened.poolStatistics()).toMatchObject({ idle: 3, checkedOut: 0, waiting: 0, utilisationPercent: 0 });
    await opened.close();
    const closed = new CheckedPool({ min: 0, max: 0, recycleAfterMs: 1, pingAfterIdleMs: 1, pingTimeoutMs: 1 });
    expect(Object.values(closed.statistics()).every((value) => value === 0)).toBe(true);
  });

  it('loses idle connections that the server ends, and opens others', async () => {
    const opened = await open();
    await Promise.all([1, 2].map(() => opened.query('SELECT pg_sleep(0.1)')));
    proxy.cut();
    await expect.poll(() => opened.poolStatistics()?.total).toBe(0);
    await expect(opened.query('SELECT 1')).rejects.toSatisfy(
      (error) => asAppError(error)?.code === 'database.unavailable',
    );
    expect(opened.poolStatistics()).toMatchObject({ total: 0, checkedOut: 0, utilisationPercent: 0 });
    proxy.restore();
    expect(await opened.query<{ one: number }>('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('gives up on a server that says nothing any more, and does not use that connection again', async () => {
    const opened = await open({}, { query_timeout: 200, pingTimeoutMs: 100 });
    await opened.query('SELECT 1');
    proxy.freeze();
    await expect(opened.query('SELECT 1')).rejects.toSatisfy(
      (error) => asAppError(error)?.code === 'database.unavailable',
    );
    expect(await opened.query<{ one: number }>('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(opened.poolStatistics()?.invalid).toBe(1);
  });

  it('replaces connections that are too old', async () => {
    const opened = await open({}, { recycleAfterMs: 50 });
    const [first] = await opened.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await new Promise((resolve) => setTimeout(resolve, 80));
    const [second] = await opened.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    expect(second?.pid).not.toBe(first?.pid);
    expect(opened.poolStatistics()?.invalid).toBeGreaterThanOrEqual(1);
  });

  it('finds a dead connection by a ping after an idle spell, and answers all the same', async () => {
    const opened = await open({}, { pingAfterIdleMs: 20, pingTimeoutMs: 200 });
    await opened.query('SELECT 1');
    proxy.freeze();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await opened.query<{ one: number }>('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(opened.poolStatistics()?.invalid).toBe(1);
  });

  it('limits statements, switches jit off and says who it is', async () => {
    const opened = await open({ DATABASE_STATEMENT_TIMEOUT_MS: '200' });
    const settings = await opened.query<{ name: string; setting: string }>(
      `SELECT name, setting FROM pg_settings WHERE name IN ('jit', 'statement_timeout', 'application_name') ORDER BY name`,
    );
    expect(settings.map((row) => row.setting)).toEqual(['mcp-registry-gateway', 'off', '200']);
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await expect(opened.query('/* test.endless */ SELECT pg_sleep(1)')).rejects.toThrow(/statement timeout/);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^Slow database query: .*test\.endless$/)]]);
  });

  it('logs slow statements and transactions by name, never their parameters', async () => {
    const lines: string[] = [];
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((message: unknown) => void lines.push(String(message)));
    const opened = await open();
    await opened.query('/* test.slow */ SELECT pg_sleep(0.6), $1::text', ['hunter2']);
    await opened.transaction('test.transaction', (manager) => manager.query('/* test.inside */ SELECT pg_sleep(1.1)'));
    expect(lines).toEqual([
      expect.stringMatching(/^Slow database query: \d+\.\d\dms test\.slow$/),
      expect.stringMatching(/^Slow database query: \d+\.\d\dms test\.inside$/),
      expect.stringMatching(/^Slow database transaction: \d+\.\d\dms test\.transaction$/),
    ]);
  });
});
