import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEchoUpstream } from '../support/audit/echo-upstream.js';
import { startLoad } from '../support/audit/call-load.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { removeDataDir, temporaryDataDir } from '../support/embedded-data-dir.js';
import { eventually } from '../support/eventually.js';
import { type ServiceProcess, startService } from '../support/service-process.js';
import { Sql } from '../support/sql.js';
import type { Upstream } from '../support/upstreams/listen.js';

const KILLS = process.env['LONG'] === '1' ? 20 : 3;
const CALLS_A_SECOND = 350;

interface Row {
  readonly correlation_id: string;
  readonly state: string;
  readonly rows: number;
}

describe('the audit across kill -9', () => {
  let dataDir: string;
  let database: TestDatabase;
  let sql: Sql;
  let upstream: Upstream;
  let service: ServiceProcess;

  const start = async (): Promise<void> => {
    service = await startService({
      DATABASE_URL: database.urls.url,
      DATABASE_OWNER_URL: database.urls.ownerUrl,
      SECRETS_KEY: 'k'.repeat(32),
      DATA_DIR: dataDir,
    });
    await service.ready();
  };

  beforeAll(async () => {
    dataDir = await temporaryDataDir();
    [database, upstream] = await Promise.all([createTestDatabase(), startEchoUpstream()]);
    sql = new Sql(database.urls.ownerUrl);
    await start();
    const registered = await fetch(`${service.url}/api/v1/servers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'echo', endpointUrl: upstream.url }),
    });
    expect(registered.status).toBe(201);
  });
  afterAll(async () => {
    service.process.kill('SIGKILL');
    await service.ended();
    await sql.close();
    await Promise.all([database.close(), upstream.close(), removeDataDir(dataDir)]);
  });

  it(
    `has every answered call exactly once, ${String(KILLS)} times, and the chain holds`,
    { timeout: 60_000 + KILLS * 30_000 },
    async () => {
      const answered = new Set<string>();
      for (let kill = 0; kill < KILLS; kill += 1) {
        const startedMs = performance.now();
        const load = startLoad(service.url, 'echo', CALLS_A_SECOND);
        await expect.poll(() => load.answered.size + load.refused.length, { timeout: 20_000 }).toBeGreaterThan(100);
        await sleep(Math.random() * 1500);
        service.process.kill('SIGKILL');
        const seconds = (performance.now() - startedMs) / 1000;
        expect(load.sent.size / seconds).toBeGreaterThan(300);
        await Promise.all([load.stop(), service.ended()]);
        expect(load.refused).toEqual([]);
        expect(load.answered.size).toBeGreaterThan(0);
        for (const id of load.answered) answered.add(id);
        await start();
      }

      const rows = await eventually(async () => {
        const found = await sql.rows<Row>(
          `SELECT correlation_id, min(state) AS state, count(*)::int AS rows FROM mcp_audit_log
           WHERE action = 'tools/call' GROUP BY correlation_id`,
        );
        const completed = new Set(found.filter(({ state }) => state === 'completed').map((row) => row.correlation_id));
        expect([...answered].filter((id) => !completed.has(id))).toEqual([]);
        return found;
      }, 30_000);
      expect(rows.filter((row) => row.rows !== 1)).toEqual([]);
      // Whoever was told nothing may be on record as completed too: killed between the record and the answer.
      expect(
        rows.filter(({ state, correlation_id }) => state === 'interrupted' && answered.has(correlation_id)),
      ).toEqual([]);

      const checked = (await (await fetch(`${service.url}/api/v1/audit/verify`)).json()) as object;
      expect(checked).toMatchObject({ intact: true, firstBreak: null });
      expect(service.output()).not.toMatch(/"level":"error"/);
    },
  );
});
