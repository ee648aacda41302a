import { afterEach, describe, expect, it } from 'vitest';
import { HealthJob } from '../../src/modules/servers/health/health-job.js';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { getServer, register } from '../support/registry.js';
import { SettableClock } from '../support/settable-clock.js';
import { Sql } from '../support/sql.js';
import { closeStarted, started } from '../support/upstreams/probing.js';
import { startSwitchable, type SwitchableUpstream } from '../support/upstreams/switchable.js';

const apps: TestApp[] = [];
afterEach(async () => {
  // A replica that has no database of its own goes before the one that has.
  for (const app of apps.splice(0).toReversed()) await app.close();
  await closeStarted();
});

const INTERVAL_MS = 60_000;

async function replica(options: TestAppOptions): Promise<TestApp> {
  const environment = { HEALTH_CHECK_INTERVAL_S: String(INTERVAL_MS / 1000), ...options.environment };
  const app = await startTestApp({ ...options, environment });
  apps.push(app);
  return app;
}

const round = (app: TestApp): Promise<void> => app.app.get(HealthJob).runRound();

/** Registers the upstream that often, under as many addresses. */
async function registerMany(app: TestApp, upstream: SwitchableUpstream, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) {
    ids.push((await register(app, { endpointUrl: `${upstream.url}?n=${i}`, autoDiscover: false })).id);
  }
  return ids;
}

describe('rounds of health checks', () => {
  it('of two replicas check each server once', async () => {
    const clock = new SettableClock();
    const environment = { HEALTH_CHECK_CONCURRENCY: '3' };
    const first = await replica({ clock, environment });
    const second = await replica({ clock, environment, urls: first.urls });
    const upstream = await started(startSwitchable());
    await registerMany(first, upstream, 14);
    await round(first);
    for (let i = 0; i < 2; i += 1) {
      upstream.asked.length = 0;
      clock.advance(INTERVAL_MS);
      await Promise.all([round(first), round(second)]);
      expect(upstream.asked).toEqual(Array.from({ length: 14 }, () => 'server/discover'));
      await Promise.all([round(first), round(second)]);
      expect(upstream.asked).toHaveLength(14);
    }
  });

  it('check so many at once and no more', async () => {
    const clock = new SettableClock();
    const app = await replica({ clock, environment: { HEALTH_CHECK_CONCURRENCY: '2' } });
    const upstream = await started(startSwitchable());
    await registerMany(app, upstream, 7);
    await round(app);
    upstream.asked.length = 0;
    upstream.load.most = 0;
    clock.advance(INTERVAL_MS);
    await round(app);
    expect(upstream.asked).toHaveLength(7);
    expect(upstream.load.most).toBeLessThanOrEqual(2);
  });

  it('do not let servers that hang hold up the others', async () => {
    const app = await replica({ clock: new SettableClock(), environment: { HEALTH_CHECK_TIMEOUT_MS: '2000' } });
    const hanging = await started(startSwitchable());
    const well = await started(startSwitchable());
    hanging.condition = 'hanging';
    const stuck = await registerMany(app, hanging, 3);
    const fine = await registerMany(app, well, 5);
    let ended = false;
    const running = round(app).then(() => (ended = true));
    await eventually(() => {
      expect(well.asked.length).toBeGreaterThanOrEqual(5);
      expect(hanging.load.current).toBe(3);
    });
    expect(ended).toBe(false);
    await running;
    for (const id of fine) expect((await getServer(app, id)).status).toBe('healthy');
    for (const id of stuck) {
      expect(await getServer(app, id)).toMatchObject({
        status: 'unhealthy',
        lastError: expect.stringContaining('2000 ms'),
      });
    }
  });

  it('never overlap: where they take too long, the interval stretches, and that is counted', async () => {
    const environment = { HEALTH_CHECK_INTERVAL_S: '1', HEALTH_CHECK_TIMEOUT_MS: '1500' };
    const app = await replica({ environment });
    const upstream = await started(startSwitchable());
    upstream.condition = 'hanging';
    await registerMany(app, upstream, 1);
    await eventually(() => expect(upstream.asked.length).toBeGreaterThanOrEqual(3));
    expect(upstream.load.most).toBe(1);
    expect(app.app.get(HealthJob).stretchedRounds).toBeGreaterThan(0);
    const metrics = await app.request('GET', '/metrics');
    expect(metrics.body).toMatch(/health_rounds_stretched_total [1-9]/);
    const health = await app.request('GET', '/health');
    expect(JSON.stringify(health.body.components.upstreams)).toContain('took too long');
  });

  it('end with the service, and say nothing of servers that were not answered yet', async () => {
    const first = await replica({});
    const second = await replica({ urls: first.urls });
    const upstream = await started(startSwitchable());
    upstream.condition = 'hanging';
    const [id = ''] = await registerMany(first, upstream, 1);
    const running = round(second);
    await eventually(() => expect(upstream.load.current).toBe(1));
    await apps.pop()?.close();
    await running.catch(() => undefined);
    expect(await getServer(first, id)).toMatchObject({ status: 'unknown', lastCheckedAt: null });
    const sql = new Sql(first.urls.ownerUrl);
    expect((await sql.counts())['health_checks']).toBe(0);
    await sql.close();
  });
});
