import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { getServer, register, SERVERS } from '../support/registry.js';
import { type MisbehaviourName, startMisbehaving } from '../support/upstreams/misbehaving.js';
import { closeStarted, started } from '../support/upstreams/probing.js';

/** The probe has 10 s in all; the rest is for the database. */
const LONGEST_MS = 12_000;

describe('registering what is no MCP server', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterEach(closeStarted);
  afterAll(() => app.close());

  // Those that are waited for take the whole deadline, so all of them are waited for at once.
  it.concurrent.each<[MisbehaviourName, RegExp]>([
    ['hang', /did not answer within 10000 ms/],
    ['hang-after-headers', /did not answer within 10000 ms/],
    ['slow-endless-stream', /did not answer within 10000 ms/],
    ['tools-hang', /did not answer within 10000 ms/],
    ['html', /neither JSON nor an event stream/],
    ['not-found', /HTTP 404/],
    ['wrong-content-type', /neither JSON nor an event stream/],
    ['endless-stream', /more than 8388608 bytes/],
    ['huge-body', /more than 8388608 bytes/],
    ['invalid-json', /not answered with JSON-RPC/],
    ['invalid-rpc', /not answered with JSON-RPC/],
    ['wrong-id', /without a reply/],
    ['accepted', /without a reply/],
    ['closes-half-way', /closed the connection|talking to .* failed/],
    ['closes-at-once', /closed the connection|talking to .* failed/],
    ['ends-stream-early', /before the reply/],
    ['status-500', /HTTP 500/],
    ['status-401', /credentials/],
    ['status-403', /refuses access/],
    ['redirect', /redirects are not followed/],
    ['unknown-version', /"2023-01-01"/],
    ['tools-fail', /out of order/],
    ['tools-without-list', /without tools/],
  ])('%s', { timeout: 30_000 }, async (name, why) => {
    const upstream = await startMisbehaving(name);
    const startedMs = performance.now();
    const server = await register(app, { name: `bad-${name}`, endpointUrl: upstream.url });
    expect(performance.now() - startedMs).toBeLessThan(LONGEST_MS);
    expect(server).toMatchObject({ status: 'unhealthy', sync: null, lastError: expect.stringMatching(why) });
    expect(server.lastError.length).toBeLessThanOrEqual(500);
    await upstream.close();
  });

  it.each<[MisbehaviourName, number, RegExp]>([
    ['bad-definitions', 1, /NUL.*262144.*deeper than 128/],
    ['many-tools', 10_000, /more than 10000 items/],
  ])('%s: what is right of it is stored, and the rest is said', async (name, count, why) => {
    const upstream = await started(startMisbehaving(name));
    const server = await register(app, { name, endpointUrl: upstream.url });
    expect(server).toMatchObject({ status: 'healthy', sync: { tools: { added: count } } });
    expect(server.lastError).toMatch(why);
    expect((await getServer(app, server.id)).lastError).toBe(server.lastError);
    const { status } = await app.request('DELETE', `${SERVERS}/${server.id}`);
    expect(status).toBe(204);
  });
});
