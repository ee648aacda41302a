import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type ClientLine, connectClient, type RealClient } from '../support/real-clients.js';
import { canStartRedis } from '../support/redis-server.js';
import { register } from '../support/registry.js';
import { type Replicas, startReplicas } from '../support/replicas.js';
import { type AskingUpstream, startAsking } from '../support/upstreams/asking.js';
import { WireClient } from '../support/wire-client.js';

const LONG = process.env['LONG'] === '1';
const RESTARTS = LONG ? 10 : 2;
const KILLS = LONG ? 10 : 2;
const PAUSE_MS = 10;
/** The SDK's clients wait for an answer whose stream has broken. */
const CALL_WITHIN_MS = 4000;
const CALLERS: readonly ClientLine[] = ['v1', 'v2 legacy', 'v2 modern'];
const ANSWER = { action: 'accept', content: { answer: 'yes' } } as const;
let replicas: Replicas;
let upstream: AskingUpstream;
const closers: (() => Promise<unknown>)[] = [];

function pathOf(line: ClientLine): string {
  // Modern clients cross the eras, legacy ones are on the aggregate, whose GET stream carries the questions.
  return line === 'v2 modern' ? '/mcp/servers/asking' : '/mcp';
}

function toolOf(line: ClientLine, tool: string): string {
  return line === 'v2 modern' ? tool : `asking__${tool}`;
}

interface Traffic {
  readonly failures: readonly string[];
  calls(): number;
  stop(): Promise<void>;
}

/** One call after the other, every third of them with a question, until it is stopped. */
async function traffic(line: ClientLine): Promise<Traffic> {
  const client = await connectClient(line, replicas.proxy.url + pathOf(line), { elicit: () => ANSWER });
  const failures: string[] = [];
  let calls = 0;
  const state = { going: true };
  const run = async (): Promise<void> => {
    while (state.going) {
      const tool = calls % 3 === 2 ? 'ask' : 'plain';
      try {
        const text = await client.call(toolOf(line, tool), {}, { timeout: CALL_WITHIN_MS });
        expect(text).toContain(tool === 'ask' ? 'accept yes' : 'done');
      } catch (error) {
        failures.push(`${line} ${tool}: ${String(error)}`);
      }
      calls += 1;
      await sleep(PAUSE_MS);
    }
  };
  const running = run();
  const stop = async (): Promise<void> => {
    state.going = false;
    await running;
    await client.close();
  };
  closers.push(stop);
  return { failures, calls: () => calls, stop };
}

async function goOn(all: readonly Traffic[], more: number): Promise<void> {
  const before = all.map((one) => one.calls());
  await eventually(() => {
    for (const [i, one] of all.entries()) expect(one.calls()).toBeGreaterThan((before[i] ?? 0) + more);
  }, 30_000);
}

const asks = async (client: WireClient) =>
  (await client.request('tools/call', { name: 'ask', arguments: {} })).messages.at(-1);

describe.skipIf(!canStartRedis())('two replicas and what befalls them', () => {
  beforeAll(async () => {
    [replicas, upstream] = await Promise.all([startReplicas(), startAsking()]);
    await register(replicas.on(0), { name: 'asking', endpointUrl: upstream.url });
    await eventually(async () => {
      for (const index of [0, 1]) {
        const { body } = await replicas.on(index).request('GET', '/api/v1/router/metrics');
        expect(body.items).toHaveLength(1);
      }
    });
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });
  afterAll(async () => {
    await Promise.all([replicas.close(), upstream.close()]);
  });

  it(
    `no call fails while one is restarted after the other, ${String(RESTARTS)} times`,
    { timeout: 60_000 + RESTARTS * 30_000 },
    async () => {
      const all = await Promise.all(CALLERS.map(traffic));
      for (let i = 0; i < RESTARTS; i += 1) {
        await goOn(all, 5);
        await replicas.restart(i % 2, 'SIGTERM');
      }
      await goOn(all, 20);
      await Promise.all(all.map((one) => one.stop()));
      expect(all.flatMap(({ failures }) => failures)).toEqual([]);
    },
  );

  it(
    `one that is killed costs the calls that it had, and nothing else, ${String(KILLS)} times`,
    { timeout: 60_000 + KILLS * 30_000 },
    async () => {
      const all = await Promise.all(CALLERS.map(traffic));
      for (let i = 0; i < KILLS; i += 1) {
        await goOn(all, 5);
        const before = all.map(({ failures }) => failures.length);
        await replicas.restart(i % 2, 'SIGKILL');
        await goOn(all, 10);
        // Each has one call at a time, and the next may meet the other one's connections to what is gone.
        for (const [at, { failures }] of all.entries()) {
          expect(failures.length - (before[at] ?? 0), failures.join('\n')).toBeLessThanOrEqual(2);
        }
      }
      await Promise.all(all.map((one) => one.stop()));
    },
  );

  it('a call that waited at the one that was killed ends with an error that says so', async () => {
    const [first, second] = replicas.services;
    const [at, elsewhere] = await Promise.all(
      [first, second].map((service) =>
        WireClient.open(`${String(service?.url)}/mcp/servers/asking`, 'modern', { elicitation: {} }),
      ),
    );
    if (!at || !elsewhere) throw new Error('there are two');
    const { result } = await asks(at);
    expect(result.resultType).toBe('input_required');
    const [key = ''] = Object.keys(result.inputRequests);
    await replicas.restart(0, 'SIGKILL');
    const answer = await elsewhere.request('tools/call', {
      name: 'ask',
      arguments: {},
      inputResponses: { [key]: ANSWER },
      requestState: result.requestState,
    });
    expect(answer.messages.at(-1).error).toMatchObject({ data: { code: 'gateway.replica_gone' } });
  });

  it.each([
    ['frozen', () => replicas.redis.freeze(), () => Promise.resolve(replicas.redis.thaw())],
    ['killed', () => replicas.redis.kill(), () => replicas.redis.restart()],
  ] as const)(
    'sessions that they know go on while Redis is %s, and all is well when it is back',
    async (_how, harm, heal) => {
      const client: RealClient = await connectClient('v1', `${replicas.proxy.url}/mcp`, { elicit: () => ANSWER });
      closers.push(() => client.close());
      for (let i = 0; i < 4; i += 1) expect(await client.call('asking__plain')).toContain('done');
      const unseen = await WireClient.open(`${String(replicas.services[0]?.url)}/mcp`, 'legacy');
      await harm();
      await eventually(async () => {
        for (const index of [0, 1]) {
          const { body } = await replicas.on(index).request('GET', '/health');
          expect(body.components.cache.status).toBe('degraded');
        }
      }, 20_000);
      for (let i = 0; i < 6; i += 1) expect(await client.call('asking__plain')).toContain('done');
      const ping = (index: number) =>
        fetch(`${String(replicas.services[index]?.url)}/mcp`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            'mcp-session-id': unseen.sessionId ?? '',
          },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
        });
      const refused = await ping(1);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
      await heal();
      await eventually(async () => {
        for (const index of [0, 1]) expect((await ping(index)).status).toBe(200);
      }, 20_000);
      for (let i = 0; i < 4; i += 1) expect(await client.call('asking__ask')).toContain('accept yes');
    },
  );
});
