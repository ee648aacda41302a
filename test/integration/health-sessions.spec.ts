import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HealthJob } from '../../src/modules/servers/health/health-job.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { getServer, register } from '../support/registry.js';
import { SettableClock } from '../support/settable-clock.js';
import { startLegacyStateful, type StatefulUpstream } from '../support/upstreams/legacy.js';

/** `LONG=1` runs the full length. */
const CHECKS = process.env['LONG'] === '1' ? 1000 : 100;
const INTERVAL_MS = 60_000;

describe('checks of a server with sessions', () => {
  const clock = new SettableClock();
  let app: TestApp;
  let upstream: StatefulUpstream;

  beforeAll(async () => {
    const environment = { HEALTH_CHECK_INTERVAL_S: String(INTERVAL_MS / 1000) };
    [app, upstream] = await Promise.all([startTestApp({ clock, environment }), startLegacyStateful()]);
  });
  afterAll(() => Promise.all([app.close(), upstream.close()]));

  it(`${CHECKS} of them leave it with no more sessions than one`, { timeout: 300_000 }, async () => {
    const { id } = await register(app, { endpointUrl: upstream.url });
    const job = app.app.get(HealthJob);
    const before = upstream.opened();
    for (let i = 0; i < CHECKS; i += 1) {
      clock.advance(INTERVAL_MS);
      await job.runRound();
    }
    expect(upstream.opened() - before).toBeGreaterThanOrEqual(CHECKS);
    await eventually(() => expect(upstream.sessions()).toBeLessThanOrEqual(1));
    await eventually(async () => expect(await upstream.connections()).toBeLessThanOrEqual(2));
    expect((await getServer(app, id)).status).toBe('healthy');
  });
});
