import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HealthJob } from '../../src/modules/servers/health/health-job.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { getServer, register, SERVERS } from '../support/registry.js';
import { SettableClock } from '../support/settable-clock.js';
import { Sql } from '../support/sql.js';
import { ADD_TOOL, ECHO_TOOL } from '../support/upstreams/content.js';
import { startMisbehaving } from '../support/upstreams/misbehaving.js';
import { closeStarted, started } from '../support/upstreams/probing.js';
import { startSse } from '../support/upstreams/sse.js';
import { type Condition, startSwitchable } from '../support/upstreams/switchable.js';

const INTERVAL_MS = 60_000;
const HOUR_MS = 3_600_000;

const clock = new SettableClock();
let app: TestApp;
let sql: Sql;
const registered: string[] = [];

beforeAll(async () => {
  const environment = { HEALTH_CHECK_INTERVAL_S: String(INTERVAL_MS / 1000), HEALTH_CHECK_TIMEOUT_MS: '2000' };
  app = await startTestApp({ clock, environment });
  sql = new Sql(app.urls.ownerUrl);
});
afterEach(async () => {
  for (const id of registered.splice(0)) await app.request('DELETE', `${SERVERS}/${id}`);
  await closeStarted();
});
afterAll(async () => {
  await sql.close();
  await app.close();
});

async function registerFor(given: { endpointUrl: string; transportType?: string }): Promise<string> {
  const { id } = await register(app, given);
  registered.push(id);
  return id;
}

async function nextRound(afterMs = INTERVAL_MS): Promise<void> {
  clock.advance(afterMs);
  await app.app.get(HealthJob).runRound();
}

/** Whether discovery offers the tools of the server. */
async function isOffered(id: string): Promise<boolean> {
  const { body } = await app.request('GET', '/api/v1/discovery/tools?tools=echo');
  return body.tools.some((tool: { server: { id: string } }) => tool.server.id === id);
}

const history = (id: string): Promise<{ status: string }[]> =>
  sql.rows('SELECT status FROM health_checks WHERE server_id = $1 ORDER BY checked_at, id', [id]);

describe('status follows from the checks', () => {
  it.each<[Condition]>([['down'], ['hanging'], ['gone']])(
    '%s: unhealthy within two checks, back after one',
    async (condition) => {
      const upstream = await started(startSwitchable());
      const id = await registerFor({ endpointUrl: upstream.url });
      const seen: [string, boolean, boolean][] = [];
      for (const next of [condition, condition, condition, 'up'] as const) {
        upstream.condition = next;
        await nextRound();
        const { status, lastError } = await getServer(app, id);
        seen.push([status, await isOffered(id), lastError !== null]);
      }
      expect(seen).toEqual([
        ['degraded', true, true],
        ['unhealthy', false, true],
        ['unhealthy', false, true],
        ['healthy', true, false],
      ]);
      const transitions = ['healthy', 'degraded', 'unhealthy', 'healthy'].map((status) => ({ status }));
      expect(await history(id)).toEqual(transitions);
    },
  );

  it('leaves what is in maintenance alone', async () => {
    const upstream = await started(startSwitchable());
    const id = await registerFor({ endpointUrl: upstream.url });
    await app.request('PATCH', `${SERVERS}/${id}`, { status: 'maintenance' });
    upstream.asked.length = 0;
    await nextRound();
    await nextRound();
    expect(upstream.asked).toEqual([]);
    expect((await getServer(app, id)).status).toBe('maintenance');
    await app.request('PATCH', `${SERVERS}/${id}`, { status: 'unknown' });
    await nextRound(0);
    expect(await getServer(app, id)).toMatchObject({ status: 'healthy' });
    expect(await isOffered(id)).toBe(true);
  });

  it('a server that answers and cannot be read is unhealthy, and stays it', async () => {
    const upstream = await started(startMisbehaving('tools-fail'));
    const id = await registerFor({ endpointUrl: upstream.url });
    for (let i = 0; i < 3; i += 1) {
      await nextRound();
      expect(await getServer(app, id)).toMatchObject({
        status: 'unhealthy',
        lastError: expect.stringContaining('out of order'),
      });
    }
    expect(await history(id)).toEqual([{ status: 'unhealthy' }]);
  });

  it('keeps one row in 5 minutes while nothing changes', async () => {
    const upstream = await started(startSwitchable());
    const id = await registerFor({ endpointUrl: upstream.url });
    for (let i = 0; i < 12; i += 1) await nextRound();
    expect(await history(id)).toEqual([{ status: 'healthy' }, { status: 'healthy' }, { status: 'healthy' }]);
    const { body } = await app.request('GET', `${SERVERS}/${id}/health`);
    expect(body.current).toMatchObject({
      status: 'healthy',
      consecutiveFailures: 0,
      lastCheckedAt: clock.now().toISOString(),
    });
    expect(new Date(body.current.nextCheckAt).getTime()).toBeGreaterThan(clock.nowMs());
    expect(body.items).toHaveLength(3);
  });

  it('does not say that the entry was updated', async () => {
    const upstream = await started(startSwitchable());
    const id = await registerFor({ endpointUrl: upstream.url });
    const { updatedAt } = await getServer(app, id);
    upstream.condition = 'down';
    await nextRound();
    expect(await getServer(app, id)).toMatchObject({ status: 'degraded', updatedAt });
  });
});

describe('the catalogue is read again', () => {
  it.each(['legacy', 'modern', 'both'] as const)(
    'when a server that speaks %s answers for the first time',
    async (eras) => {
      const upstream = await started(startSwitchable({ eras }));
      upstream.condition = 'down';
      const id = await registerFor({ endpointUrl: upstream.url });
      expect(await getServer(app, id)).toMatchObject({ status: 'unhealthy', lastSyncedAt: null });
      upstream.condition = 'up';
      await nextRound();
      expect(await getServer(app, id)).toMatchObject({ status: 'healthy', upstreamVersion: '1.2.3', lastError: null });
      expect(await isOffered(id)).toBe(true);
    },
  );

  it.each(['legacy', 'modern', 'both'] as const)('once an hour, not at every check: %s', async (eras) => {
    const upstream = await started(startSwitchable({ eras }));
    const id = await registerFor({ endpointUrl: upstream.url });
    upstream.content.tools = [ADD_TOOL];
    upstream.asked.length = 0;
    for (let i = 0; i < 3; i += 1) await nextRound();
    expect(upstream.asked.filter((method) => method.includes('list'))).toEqual([]);
    expect(upstream.asked.filter((method) => method === 'server/discover' || method === 'initialize')).toHaveLength(3);
    await nextRound(HOUR_MS);
    expect(await isOffered(id)).toBe(false);
    expect((await getServer(app, id)).lastSyncedAt).toBe(clock.now().toISOString());
  });

  it.each([
    ['legacy', 'modern', { modern: '2026-07-28' }],
    ['both', 'legacy', { legacy: ['2025-11-25'] }],
  ] as const)('when a server that spoke %s speaks %s', async (before, after, eras) => {
    const upstream = await started(startSwitchable({ eras: before }));
    const id = await registerFor({ endpointUrl: upstream.url });
    upstream.eras = after;
    await nextRound();
    const server = await getServer(app, id);
    expect(server.status).toBe('healthy');
    expect(server.eras).toEqual(eras);
  });

  it('when it says that it is another version', async () => {
    const upstream = await started(startSwitchable());
    const id = await registerFor({ endpointUrl: upstream.url });
    upstream.content.version = '9.9.9';
    upstream.content.tools = [ADD_TOOL];
    await nextRound();
    expect(await getServer(app, id)).toMatchObject({ status: 'healthy', upstreamVersion: '9.9.9' });
    expect(await isOffered(id)).toBe(false);
  });

  it('when it says that its lists changed', async () => {
    const upstream = await started(startSse({ tools: [ADD_TOOL] }, { announce: true }));
    const id = await registerFor({ endpointUrl: upstream.url, transportType: 'sse' });
    upstream.content.tools = [ECHO_TOOL];
    await nextRound();
    expect(await isOffered(id)).toBe(true);
  });
});
