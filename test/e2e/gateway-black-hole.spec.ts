import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { register } from '../support/registry.js';
import { SettableClock } from '../support/settable-clock.js';
import { json, type RawUpstream, startRawCalls } from '../support/upstreams/raw-calls.js';
import { startSwitchable } from '../support/upstreams/switchable.js';
import { type WireAnswer, WireClient, type WireEra } from '../support/wire-client.js';

/** Of the black hole; long enough for the others' calls on a busy machine. */
const TIMEOUT_MS = 3000;
const TO_OPEN = 5;

let app: TestApp;
let other: RawUpstream;
const clock = new SettableClock();
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [app, other] = await Promise.all([
    startTestApp({ clock }),
    startRawCalls((res, { id }) => json(res, JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } }))),
  ]);
  await register(app, { name: 'other', endpointUrl: other.url });
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  await app.close();
  await other.close();
});

async function startHole(name: string): Promise<RawUpstream> {
  const hole = await startRawCalls(() => undefined);
  closers.push(() => hole.close());
  await register(app, { name, endpointUrl: hole.url, settings: { timeoutMs: TIMEOUT_MS } });
  return hole;
}

function open(era: WireEra, name: string): Promise<WireClient> {
  return WireClient.open(`${app.url}/mcp/servers/${name}`, era);
}

describe.each<WireEra>(['modern', 'legacy'])('a server that accepts %s calls and never answers', (era) => {
  it('costs its callers their timeout, then nobody anything, and the others nothing', async () => {
    const name = `hole-${era}`;
    const hole = await startHole(name);
    const client = await open(era, name);
    const neighbour = await WireClient.open(`${app.url}/mcp`, era);
    const before = hole.requests();

    let ended = 0;
    const hanging = Array.from({ length: TO_OPEN }, () =>
      client.callTool('do', {}).finally(() => {
        ended += 1;
      }),
    );
    await expect.poll(() => hole.calls()).toBe(TO_OPEN);
    for (let i = 0; i < 20; i += 1) expect(last(await neighbour.callTool('other__do', {}))).toHaveProperty('result');
    expect((await neighbour.request('tools/list')).messages[0].result.tools).not.toHaveLength(0);
    expect(ended).toBe(0);

    for (const answer of await Promise.all(hanging)) {
      expect(answer.status).toBe(200);
      expect(last(answer)).toMatchObject({ error: { code: -31504, data: { code: 'egress.timeout' } } });
    }
    const seen = hole.requests();
    // One that already talks to it, and one that would have to open a session first.
    for (const caller of [client, await open('modern', name), await open('legacy', name)]) {
      const answer = await caller.callTool('do', {});
      expect(last(answer)).toMatchObject({ error: { code: -31503, data: { code: 'gateway.circuit_open' } } });
      expect(answer.headers.get('retry-after')).toBe('30');
    }
    expect(hole.requests()).toBe(seen);
    expect(seen).toBeGreaterThan(before);
    expect(last(await neighbour.callTool('other__do', {}))).toHaveProperty('result');
  });
});

describe('a server that does not open sessions any more', () => {
  it.each(['hanging', 'down'] as const)(
    '%s: counts as failing, is within the bound of calls, and is rested',
    async (condition) => {
      const server = await startSwitchable({ eras: 'legacy' });
      closers.push(() => server.close());
      await register(app, {
        name: `shut-${condition}`,
        endpointUrl: server.url,
        settings: { timeoutMs: 1000, maxInFlight: TO_OPEN },
      });
      server.condition = condition;
      const clients = await Promise.all(Array.from({ length: TO_OPEN }, () => open('legacy', `shut-${condition}`)));
      for (const answer of await Promise.all(clients.map((client) => client.callTool('echo', { message: 'x' }))))
        expect([-31502, -31504]).toContain(last(answer).error.code);
      const asked = server.asked.length;
      const answer = await (await open('legacy', `shut-${condition}`)).callTool('echo', { message: 'x' });
      expect(last(answer)).toMatchObject({ error: { code: -31503, data: { code: 'gateway.circuit_open' } } });
      expect(server.asked.length).toBe(asked);

      server.condition = 'up';
      clock.advance(30_000);
      for (const client of clients)
        expect(last(await client.callTool('echo', { message: 'x' }))).toHaveProperty('result');
    },
  );
});

function last(answer: WireAnswer): WireAnswer['messages'][number] {
  return answer.messages.at(-1);
}
