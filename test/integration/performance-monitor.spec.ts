import type { QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseAccess } from '../../src/database/database-access.js';
import { PerformanceMonitor } from '../../src/modules/monitoring/monitor/performance-monitor.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { canStartRedis, type HarmedRedis, startHarmedRedis } from '../support/redis-server.js';
import { SettableClock } from '../support/settable-clock.js';

const INTERVAL_MS = 30_000;
const ALERTS = '/api/v1/monitoring/alerts';
const SUMMARY = '/api/v1/monitoring/summary';

const clock = new SettableClock();
let redis: HarmedRedis | undefined;
let app: TestApp;

beforeAll(async () => {
  redis = canStartRedis() ? await startHarmedRedis() : undefined;
  app = await startTestApp({
    clock,
    environment: {
      // Rounds are run by the tests.
      MONITOR_INTERVAL_S: '3600',
      MONITOR_THRESHOLDS: '{"change_feed_lag":{"warning":3600000,"critical":7200000}}',
      DATABASE_POOL_TIMEOUT_MS: '200',
      ...(redis ? { REDIS_URL: redis.url } : {}),
    },
  });
});
afterAll(async () => {
  await app.close();
  await redis?.close();
});

async function rounds(count: number): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    clock.advance(INTERVAL_MS);
    await app.app.get(PerformanceMonitor).runRound();
  }
}

async function openAlerts(): Promise<Record<string, string>> {
  const { body } = await app.request('GET', `${ALERTS}?open=true`);
  return Object.fromEntries(body.items.map((alert: Record<string, string>) => [alert['metric'], alert['severity']]));
}

function holdLoop(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe('faults made on purpose are alerts within two samples and clear by themselves', () => {
  it('a held pool, which is also why the alert itself waits for the database', async () => {
    await rounds(1);
    const database = app.app.get(DatabaseAccess);
    const held: QueryRunner[] = [];
    for (let n = 0; n < 10; n += 1) {
      const runner = database.dataSource.createQueryRunner();
      await runner.connect();
      held.push(runner);
    }
    await rounds(2);
    const { body: during } = await app.request('GET', SUMMARY);
    expect(during.status).toBe('critical');
    expect(during.metrics).toContainEqual(
      expect.objectContaining({
        metric: 'database_pool_utilization',
        alert: 'critical',
        current: 100,
        unit: 'percent',
      }),
    );
    // The ping found no connection: what it took is its deadline.
    expect(during.metrics).toContainEqual(
      expect.objectContaining({ metric: 'database_query_time', alert: 'critical', current: 5000 }),
    );
    for (const runner of held) await runner.release();

    await rounds(1);
    expect(await openAlerts()).toMatchObject({
      database_pool_utilization: 'critical',
      database_query_time: 'critical',
    });
    await rounds(2);
    const open = await openAlerts();
    expect(open).not.toHaveProperty('database_pool_utilization');
    expect(open).not.toHaveProperty('database_query_time');
    const { body } = await app.request('GET', `${ALERTS}?metric=database_pool_utilization`);
    expect(body.items).toEqual([
      expect.objectContaining({
        severity: 'critical',
        value: 100,
        threshold: 95,
        subject: null,
        message: 'database_pool_utilization critical: 100 percent',
        clearedAt: clock.now().toISOString(),
      }),
    ]);
  });

  it('a busy loop', async () => {
    for (let round = 0; round < 2; round += 1) {
      // The loop is looked at before and after it was held.
      await new Promise((resolve) => setTimeout(resolve, 50));
      holdLoop(500);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await rounds(1);
    }
    expect(await openAlerts()).toMatchObject({ event_loop_lag: 'critical' });
    await eventually(async () => {
      await rounds(1);
      expect(await openAlerts()).not.toHaveProperty('event_loop_lag');
    });
  });

  if (canStartRedis()) {
    it('a frozen Redis', async () => {
      redis?.freeze();
      await rounds(2);
      redis?.thaw();
      expect(await openAlerts()).toMatchObject({ redis_ping_time: 'critical' });
      await eventually(async () => {
        await rounds(1);
        expect(await openAlerts()).not.toHaveProperty('redis_ping_time');
      });
    }, 60_000);
  }
});

it('pages the history and clears what a dead replica left open', async () => {
  const { body: all } = await app.request('GET', ALERTS);
  const { body: first } = await app.request('GET', `${ALERTS}?limit=1`);
  const { body: second } = await app.request('GET', `${ALERTS}?limit=1&cursor=${first.nextCursor as string}`);
  expect([...first.items, ...second.items]).toEqual(all.items.slice(0, 2));

  await app.app.get(DatabaseAccess).query(
    `INSERT INTO performance_alerts VALUES
      ('00000000-0000-7000-8000-000000000001', 'error_rate', '', 'gone', 'warning', 2, 'percent', 1, 'm', $1, $1, NULL)`,
    [new Date(clock.nowMs() - 11 * 3_600_000)],
  );
  await rounds(1);
  const { body } = await app.request('GET', `${ALERTS}?metric=error_rate&open=false`);
  expect(body.items).toContainEqual(
    expect.objectContaining({ replica: 'gone', clearedAt: expect.any(String) as string }),
  );
  expect((await app.request('GET', `${ALERTS}?metric=error_rate&open=true`)).body.items).toEqual([]);
});

it('shows what it read last at /metrics', async () => {
  await rounds(1);
  const { body } = await app.request('GET', '/metrics');
  expect(body).toMatch(/^mcp_gateway_memory_usage [1-9]/m);
  expect(body).toMatch(/^mcp_alerts_raised_total\{severity="critical"\} [1-9]/m);
});
