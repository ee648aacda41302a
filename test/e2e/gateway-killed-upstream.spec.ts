import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { register } from '../support/registry.js';
import { SettableClock } from '../support/settable-clock.js';
import { type LoadCall, SteadyLoad } from '../support/steady-load.js';
import { type RecordingProcess, startRecording } from '../support/upstreams/recording-process.js';
import { type WireAnswer, WireClient, type WireEra } from '../support/wire-client.js';

const LONG = process.env['LONG'] === '1';
/** As the breaker has it. */
const OPEN_MS = 30_000;
const DOWN_MS = 3000;
const ENDPOINTS: readonly { readonly path: string; readonly era: WireEra; readonly tool: string }[] = [
  { path: '/mcp/servers/recording', era: 'modern', tool: 'record' },
  { path: '/mcp/servers/recording', era: 'legacy', tool: 'record' },
  { path: '/mcp', era: 'modern', tool: 'recording__record' },
  { path: '/mcp', era: 'legacy', tool: 'recording__record' },
];
const CLIENTS_EACH = 2;
/** Calls of each client that must have ended in one way before the test goes on. */
const SOME = 20;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

describe('an upstream that is killed under load and comes back 3 s later', () => {
  it('is rested, comes back by itself, and ran nothing twice', { timeout: 60_000 }, async () => {
    const clock = new SettableClock();
    const scene = await setScene(await startTestApp({ clock }));
    await killAndReturn(scene, { downMs: 0, rest: () => clock.advance(OPEN_MS) });
  });

  if (LONG) {
    it('the same in real time', { timeout: 180_000 }, async () => {
      const scene = await setScene(await startTestApp());
      await killAndReturn(scene, { downMs: DOWN_MS, rest: () => undefined });
    });
  }
});

interface Scene {
  readonly app: TestApp;
  readonly upstream: RecordingProcess;
  readonly clients: readonly WireClient[];
  readonly load: SteadyLoad;
}

async function setScene(app: TestApp): Promise<Scene> {
  closers.push(() => app.close());
  const upstream = await startRecording();
  closers.push(() => upstream.close());
  await register(app, { name: 'recording', endpointUrl: upstream.url });
  const workers = await Promise.all(
    Array.from({ length: CLIENTS_EACH }, () => ENDPOINTS)
      .flat()
      .map(async ({ path, era, tool }) => ({ client: await WireClient.open(app.url + path, era), tool })),
  );
  const load = new SteadyLoad(workers);
  closers.push(() => load.end());
  return { app, upstream, clients: workers.map(({ client }) => client), load };
}

interface Times {
  readonly downMs: number;
  /** Lets the breaker's rest pass; does nothing where time passes by itself. */
  readonly rest: () => void;
}

async function killAndReturn({ app, upstream, clients, load }: Scene, { downMs, rest }: Times): Promise<void> {
  const sessions = clients.map(({ sessionId }) => sessionId);
  await everyClient(load, 0, succeeded);

  await upstream.kill();
  await eventually(async () =>
    expect(await breaker(app)).toMatchObject({ state: 'open', openedAt: expect.any(String) }),
  );
  await everyClient(load, load.calls.length, refused);

  await sleep(downMs);
  await upstream.restart();
  const whileOpen = load.calls.length;
  await everyClient(load, whileOpen, refused);
  expect(await upstream.stats()).toMatchObject({ requests: 0 });

  rest();
  await eventually(async () => expect(await breaker(app)).toMatchObject({ state: 'closed' }), OPEN_MS + 10_000);
  await everyClient(load, load.calls.length, succeeded);
  await load.end();

  const executed = await upstream.executed();
  expect(executed.length).toBe(new Set(executed).size);
  const ran = new Set(executed);
  for (const call of load.calls) expectClear(call, ran);
  // Every session went on: its client never had to know.
  expect(clients.map(({ sessionId }) => sessionId)).toEqual(sessions);
  const legacy = sessions.filter((id) => id !== undefined).length;
  expect(await upstream.stats()).toMatchObject({ initialized: legacy, sessions: legacy });
}

async function breaker(app: TestApp): Promise<unknown> {
  const { items } = (await app.request('GET', '/api/v1/router/metrics')).body;
  return items.find(({ server }: { server: { name: string } }) => server.name === 'recording')?.circuitBreaker;
}

/** Until each client has some calls behind the first `from` that ended so. */
function everyClient(load: SteadyLoad, from: number, ended: (answer: WireAnswer) => boolean): Promise<void> {
  return eventually(() => {
    const byClient = new Map<string, number>();
    for (const { callId, answer } of load.calls.slice(from)) {
      const client = callId.split('-')[0] ?? '';
      if (!(answer instanceof Error) && ended(answer)) byClient.set(client, (byClient.get(client) ?? 0) + 1);
    }
    expect(byClient.size).toBe(ENDPOINTS.length * CLIENTS_EACH);
    expect(Math.min(...byClient.values())).toBeGreaterThanOrEqual(SOME);
  }, 20_000);
}

function succeeded({ messages }: WireAnswer): boolean {
  return messages.at(-1)?.result !== undefined;
}

function refused({ messages }: WireAnswer): boolean {
  return messages.at(-1)?.error?.data?.code === 'gateway.circuit_open';
}

/** A result of a call that ran, or a JSON-RPC error that says what happened and when to try again. */
function expectClear({ callId, answer }: LoadCall, ran: ReadonlySet<string>): void {
  if (answer instanceof Error) throw new Error(`${callId} ended with a broken connection`, { cause: answer });
  const { status, headers, messages } = answer;
  const last = messages.at(-1);
  expect(last, callId).toMatchObject({ jsonrpc: '2.0', id: expect.any(Number) });
  if (last.result !== undefined) {
    expect(last.result).toMatchObject({ content: [{ type: 'text', text: callId }] });
    expect(ran).toContain(callId);
    return;
  }
  expect(status).toBe(200);
  if (refused(answer)) {
    expect(ran).not.toContain(callId);
    expect(last.error).toMatchObject({ code: -31503, message: expect.stringMatching(/^recording keeps failing/) });
    const { retryAfterMs } = last.error.data;
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(OPEN_MS);
    expect(headers.get('retry-after')).toBe(String(Math.ceil(retryAfterMs / 1000)));
    return;
  }
  expect(last.error).toMatchObject({
    code: -31502,
    message: expect.stringMatching(/./),
    data: { code: expect.stringMatching(/^(?:egress|gateway)\./) },
  });
}
