import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANSWER_WITHIN_MS } from '../../src/modules/gateway/bridge/legacy-to-modern/input-round.js';
import { POOL_LIMITS, SUSPENSION_LIMITS } from '../../src/modules/gateway/bridge/modern-to-legacy/bridge-limits.js';
import { SESSION_LIMITS } from '../../src/modules/gateway/sessions/session-limits.js';
import { type ClockedGateway, startClockedGateway } from '../support/clocked/clocked-gateway.js';
import { openRawSession } from '../support/raw-session.js';
import { register } from '../support/registry.js';
import { type AskingUpstream, startAsking } from '../support/upstreams/asking.js';
import {
  type AskingUpstream as ModernUpstream,
  startModernAsking,
  WATCHED,
} from '../support/upstreams/modern-asking.js';
import { type WireAnswer, WireClient } from '../support/wire-client.js';

/** `LONG=1` runs the full length. */
const LONG = process.env['LONG'] === '1';
const SESSIONS = LONG ? 10_000 : 500;
/** Clients at once: as many as may wait for answers of one principal. */
const BATCH = SUSPENSION_LIMITS.maxPerPrincipal;
const LIMIT_MS = LONG ? 600_000 : 60_000;
/** What one session may leave behind is nothing; what the process learns on its way is not measured in sessions. */
const GROWTH_AT_MOST_BYTES = 4 * 1024 * 1024;
/** Kept-alive connections to one server. */
const CONNECTIONS_AT_MOST = 256;

let gateway: ClockedGateway;
let legacy: AskingUpstream;
let modern: ModernUpstream;
beforeAll(async () => {
  [gateway, legacy, modern] = await Promise.all([startClockedGateway(), startAsking(), startModernAsking()]);
  await register(gateway, { name: 'legacy', endpointUrl: legacy.url });
  await register(gateway, { name: 'modern', endpointUrl: modern.url });
});
afterAll(async () => {
  await gateway.close();
  await legacy.close();
  await modern.close();
});

interface Direction {
  /** This many clients come, and half of them leave without a word. */
  batch(first: number): Promise<void>;
  /** Nothing is held any more, once everything had its time. */
  expectNothingHeld(): Promise<void>;
}

/** Runs all sessions, and checks the memory against what it was after the first of them. */
async function runAll(direction: Direction): Promise<void> {
  let done = 0;
  const run = async (until: number): Promise<number> => {
    for (; done < until; done += BATCH) await direction.batch(done);
    await gateway.advance(SESSION_LIMITS.idleMs);
    await direction.expectNothingHeld();
    return (await gateway.memory()).usedBytes;
  };
  const before = await run(SESSIONS / 5);
  const warm = done;
  const after = await run(SESSIONS);
  const { rssBytes } = await gateway.memory();
  if (LONG) {
    const perSession = Math.round((after - before) / (done - warm));
    process.stdout.write(
      `${String(done)} sessions: ${megabytes(before)} after ${String(warm)}, ${megabytes(after)} at the end, ` +
        `${String(perSession)} bytes a session, RSS ${megabytes(rssBytes)}\n`,
    );
  }
  expect(after - before).toBeLessThan(GROWTH_AT_MOST_BYTES);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function numbers(count: number, first: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

async function expectGauges(expected: Readonly<Record<string, number>>): Promise<void> {
  await expect
    .poll(
      async () => {
        const gauges = await gateway.gauges();
        return Object.fromEntries(Object.keys(expected).map((name) => [name, gauges.get(name)]));
      },
      { timeout: 10_000 },
    )
    .toEqual(expected);
}

const NOTHING = {
  mcp_sessions: 0,
  mcp_pooled_sessions: 0,
  mcp_suspended_calls: 0,
  mcp_streams: 0,
  mcp_upstream_in_flight: 0,
};

/** A modern client that is like no other, so that it has a session of its own at the server. */
function modernClient(n: number): Promise<WireClient> {
  const capabilities = { elicitation: {}, experimental: { [`client-${String(n)}`]: {} } };
  return WireClient.open(`${gateway.url}/mcp/servers/legacy`, 'modern', capabilities);
}

function retry(client: WireClient, { messages }: WireAnswer): Promise<WireAnswer> {
  const { inputRequests, requestState } = messages.at(-1).result;
  const answer = { action: 'accept', content: { answer: 'x' } };
  const inputResponses = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, answer]));
  return client.request('tools/call', { name: 'ask', arguments: {}, inputResponses, requestState });
}

describe('modern clients of a legacy server', () => {
  const half = BATCH / 2;

  async function batch(first: number): Promise<void> {
    const clients = await Promise.all(numbers(BATCH, first).map(modernClient));
    const asked = await Promise.all(clients.map((client) => client.callTool('ask', {})));
    for (const { messages } of asked) expect(messages.at(-1).result.resultType).toBe('input_required');
    const gauges = await gateway.gauges();
    expect(gauges.get('mcp_suspended_calls')).toBe(BATCH);
    expect(gauges.get('mcp_pooled_sessions')).toBeLessThanOrEqual(POOL_LIMITS.maxPerPrincipal);
    // Those that made room are just being told.
    expect(legacy.sessions()).toBeLessThanOrEqual(POOL_LIMITS.maxPerPrincipal + BATCH);
    for (const [i, answer] of asked.slice(0, half).entries()) {
      const client = clients[i];
      const { messages } = client ? await retry(client, answer) : answer;
      expect(messages.at(-1).result.content).toEqual([{ type: 'text', text: 'accept x' }]);
    }
    // The others never come back.
    await gateway.advance(SUSPENSION_LIMITS.answerWithinMs);
    await expectGauges({ mcp_suspended_calls: 0, mcp_upstream_in_flight: 0 });
  }

  it(
    `leave nothing behind after ${String(SESSIONS)} sessions, half of them abandoned`,
    async () => {
      const opened = legacy.opened();
      await runAll({
        batch,
        expectNothingHeld: async () => {
          await expectGauges(NOTHING);
          await expect.poll(() => legacy.sessions(), { timeout: 10_000 }).toBe(0);
          expect(await legacy.connections()).toBeLessThanOrEqual(CONNECTIONS_AT_MOST);
        },
      });
      expect(legacy.opened() - opened).toBeGreaterThanOrEqual(SESSIONS);
      const ends = new Set(legacy.runs.map(({ end }) => end));
      expect(ends).toEqual(new Set(['answered', 'cancelled']));
    },
    LIMIT_MS,
  );

  it('are refused beyond what may wait, and the pool keeps to its bound', async () => {
    const many = POOL_LIMITS.maxPerPrincipal + BATCH;
    for (let first = 0; first < many; first += BATCH) {
      const clients = await Promise.all(numbers(BATCH, first).map(modernClient));
      await Promise.all(clients.map((client) => client.callTool('plain', {})));
    }
    await expectGauges({ mcp_pooled_sessions: POOL_LIMITS.maxPerPrincipal });
    await expect.poll(() => legacy.sessions()).toBe(POOL_LIMITS.maxPerPrincipal);
    const clients = await Promise.all(numbers(BATCH + 1, many).map(modernClient));
    const answers = await Promise.all(clients.map((client) => client.callTool('ask', {})));
    const refused = answers.flatMap(({ messages }) => messages.at(-1).error ?? []);
    expect(refused).toMatchObject([{ code: -31503, data: { code: 'gateway.suspended_exhausted' } }]);
    await gateway.advance(SUSPENSION_LIMITS.answerWithinMs);
    await expectGauges(NOTHING);
    await expect.poll(() => legacy.sessions()).toBe(0);
  });
});

/** What becomes of a legacy client's session; of every second one nobody says that it is over. */
const LEGACY_CLIENTS: readonly ((n: number) => Promise<void>)[] = [
  async (n) => {
    const session = await legacySession();
    const call = await session.request(n, 'tools/call', { name: 'ask' });
    const { id } = await call.next();
    await session.post({ jsonrpc: '2.0', id, result: { action: 'accept', content: { name: 'Ada' } } });
    expect(JSON.stringify(await call.last())).toContain('Ada');
    await session.delete();
  },
  async (n) => {
    const [session, gone] = [await legacySession(), new AbortController()];
    const call = await session.request(n, 'tools/call', { name: 'ask' }, gone.signal);
    await call.next();
    gone.abort();
  },
  async (n) => {
    const [session, gone] = [await legacySession(), new AbortController()];
    await session.stream(gone.signal);
    const subscribed = await session.request(n, 'resources/subscribe', { uri: WATCHED });
    expect(await subscribed.last()).toMatchObject({ result: {} });
    await session.delete();
    gone.abort();
  },
  async (n) => {
    const [session, gone] = [await legacySession(), new AbortController()];
    await session.stream(gone.signal);
    await (await session.request(n, 'resources/subscribe', { uri: WATCHED })).last();
    gone.abort();
  },
];

function legacySession() {
  return openRawSession(`${gateway.url}/mcp/servers/modern`, { elicitation: {} });
}

async function legacyClient(n: number): Promise<void> {
  await LEGACY_CLIENTS[n % LEGACY_CLIENTS.length]?.(n);
}

async function legacyBatch(first: number): Promise<void> {
  await Promise.all(numbers(BATCH, first).map((n) => legacyClient(n)));
  const sessions = (await gateway.gauges()).get('mcp_sessions');
  expect(sessions).toBeLessThanOrEqual(SESSION_LIMITS.maxPerPrincipal);
  expect(modern.listening()).toBeLessThanOrEqual(SESSION_LIMITS.maxPerPrincipal);
}

describe('legacy clients of a modern server', () => {
  it(
    `leave nothing behind after ${String(SESSIONS)} sessions, half of them abandoned`,
    async () => {
      await runAll({
        batch: legacyBatch,
        expectNothingHeld: async () => {
          await expectGauges(NOTHING);
          await expect.poll(() => [modern.running(), modern.listening()], { timeout: 10_000 }).toEqual([0, 0]);
          expect(await modern.connections()).toBeLessThanOrEqual(CONNECTIONS_AT_MOST);
        },
      });
    },
    LIMIT_MS,
  );

  it('that are asked and stay without a word are given up, and their sessions make room then', async () => {
    const waiting = await Promise.all(
      numbers(BATCH, 0).map(async (n) => {
        const call = await (await legacySession()).request(n, 'tools/call', { name: 'ask' });
        await call.next();
        return call;
      }),
    );
    await expectGauges({ mcp_sessions: BATCH, mcp_upstream_in_flight: 0 });
    await gateway.advance(ANSWER_WITHIN_MS);
    for (const call of waiting) expect(await call.last()).toMatchObject({ result: { isError: true } });
    await gateway.advance(SESSION_LIMITS.idleMs);
    await expectGauges(NOTHING);
  });
});
