import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallLoad, startLoad } from '../support/audit/call-load.js';
import { startEchoUpstream } from '../support/audit/echo-upstream.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { removeDataDir, temporaryDataDir } from '../support/embedded-data-dir.js';
import { eventually } from '../support/eventually.js';
import { type ServiceProcess, startService } from '../support/service-process.js';
import { Sql } from '../support/sql.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import type { Upstream } from '../support/upstreams/listen.js';

const FAULT_MS = process.env['LONG'] === '1' ? 120_000 : 3000;
const DRAINED_WITHIN_MS = 60_000;

/** PostgreSQL behind a proxy of the test's own, so that the server itself is not harmed. */
describe('the audit while PostgreSQL is away', () => {
  let dataDir: string;
  let database: TestDatabase;
  let sql: Sql;
  let proxy: TcpProxy;
  let upstream: Upstream;
  let service: ServiceProcess;

  beforeAll(async () => {
    dataDir = await temporaryDataDir();
    [database, upstream] = await Promise.all([createTestDatabase(), startEchoUpstream()]);
    sql = new Sql(database.urls.ownerUrl);
    const behind = new URL(database.urls.url);
    proxy = await startTcpProxy({ host: behind.hostname, port: Number(behind.port) });
    const through = (url: string): string => {
      const changed = new URL(url);
      changed.port = String(proxy.port);
      return changed.href;
    };
    service = await startService({
      DATABASE_URL: through(database.urls.url),
      DATABASE_OWNER_URL: through(database.urls.ownerUrl),
      SECRETS_KEY: 'k'.repeat(32),
      DATA_DIR: dataDir,
      SHUTDOWN_DELAY_S: '0',
    });
    await service.ready();
    const registered = await fetch(`${service.url}/api/v1/servers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'echo', endpointUrl: upstream.url }),
    });
    expect(registered.status).toBe(201);
  });
  afterAll(async () => {
    if (service.process.exitCode === null) service.process.kill('SIGKILL');
    await service.ended();
    await sql.close();
    await proxy.close();
    await Promise.all([database.close(), upstream.close(), removeDataDir(dataDir)]);
  });

  const missing = async (load: CallLoad): Promise<string[]> => {
    const rows = await sql.rows<{ correlation_id: string }>(
      `SELECT correlation_id FROM mcp_audit_log WHERE action = 'tools/call' AND state = 'completed'`,
    );
    const known = new Set(rows.map((row) => row.correlation_id));
    return [...load.answered].filter((id) => !known.has(id));
  };

  it.each<[string, () => void, () => void]>([
    ['stopped', () => proxy.cut(), () => proxy.restore()],
    ['frozen', () => proxy.freeze(), () => proxy.thaw()],
  ])(
    'fails no call when it is %s, and has everything once it is back',
    async (_what, fault, back) => {
      const load = startLoad(service.url, 'echo', 100);
      await expect.poll(() => load.answered.size, { timeout: 20_000 }).toBeGreaterThan(20);
      fault();
      const before = load.answered.size;
      await sleep(FAULT_MS);
      expect(load.answered.size).toBeGreaterThan(before);
      back();
      await load.stop();
      expect(load.refused).toEqual([]);
      expect(load.answered.size).toBe(load.sent.size);
      await eventually(async () => expect(await missing(load)).toEqual([]), DRAINED_WITHIN_MS);
    },
    FAULT_MS + DRAINED_WITHIN_MS + 60_000,
  );

  it('ships the spool at SIGTERM, and leaves nothing behind', async () => {
    const load = startLoad(service.url, 'echo', 100);
    await expect.poll(() => load.answered.size, { timeout: 20_000 }).toBeGreaterThan(20);
    await load.stop();
    service.process.kill('SIGTERM');
    expect(await service.ended()).toBe(0);
    expect(await missing(load)).toEqual([]);
    expect(readdirSync(path.join(dataDir, 'audit'))).toEqual([]);
    const [last] = await sql.rows<{ kind: string }>('SELECT kind FROM audit_anchors ORDER BY id DESC LIMIT 1');
    expect(last).toEqual({ kind: 'final' });
  });
});
