import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SUSPENSION_LIMITS } from '../../src/modules/gateway/bridge/modern-to-legacy/bridge-limits.js';
import { SuspendedCalls } from '../../src/modules/gateway/bridge/modern-to-legacy/suspended-calls.js';
import { SessionPool } from '../../src/modules/gateway/bridge/modern-to-legacy/session-pool.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { register } from '../support/registry.js';
import { SettableClock } from '../support/settable-clock.js';
import { type AskingUpstream, startAsking } from '../support/upstreams/asking.js';
import { type WireAnswer, WireClient } from '../support/wire-client.js';

const ELICITS = { elicitation: { form: {}, url: {} } };
const clock = new SettableClock();
let app: TestApp;
let upstream: AskingUpstream;
let client: WireClient;

beforeAll(async () => {
  [app, upstream] = await Promise.all([startTestApp({ clock }), startAsking()]);
  await register(app, { name: 'asking', endpointUrl: upstream.url });
  await register(app, { name: 'other', endpointUrl: upstream.url });
  client = await WireClient.open(`${app.url}/mcp/servers/asking`, 'modern', ELICITS);
});
beforeEach(async () => {
  upstream.runs.length = 0;
  await app.app.get(SessionPool).endAll();
});
afterAll(async () => {
  await app.close();
  await upstream.close();
});

interface Asked {
  readonly inputRequests: Record<string, { method: string; params: { message: string; url?: string } }>;
  readonly requestState: string;
}

function asked({ messages }: WireAnswer): Asked {
  const [message] = messages;
  expect(message?.result, JSON.stringify(message)).toMatchObject({ resultType: 'input_required' });
  return message.result;
}

function textOf({ messages }: WireAnswer): string {
  const last = messages.at(-1);
  expect(last?.result, JSON.stringify(last)).toMatchObject({ resultType: 'complete' });
  return last.result.content[0].text;
}

/** Each question by its words, and what is answered: a text accepts with it. */
function answers({ inputRequests }: Asked, by: (question: string) => unknown): Record<string, unknown> {
  const given = Object.entries(inputRequests).flatMap(([key, { params }]) => {
    const answer = by(params.message);
    if (answer === undefined) return [];
    return [[key, typeof answer === 'string' ? { action: 'accept', content: { answer } } : answer]];
  });
  return Object.fromEntries(given);
}

function retry(name: string, { requestState }: Asked, inputResponses: object): Promise<WireAnswer> {
  return client.request('tools/call', { name, arguments: {}, inputResponses, requestState });
}

async function activeRequests(): Promise<number> {
  const { items } = (await app.request('GET', '/api/v1/router/metrics')).body;
  return items.find((item: { server: { name: string } }) => item.server.name === 'asking')?.activeRequests;
}

describe('a question of a legacy server', () => {
  it.each([
    ['ask', { action: 'accept', content: { answer: 'yes' } }, 'accept yes'],
    ['ask', { action: 'decline' }, 'decline'],
    ['ask', { action: 'cancel' }, 'cancel'],
    ['ask-aside', { action: 'accept', content: { answer: 'aside' } }, 'accept aside'],
  ])('of %s is answered with %j', async (tool, answer, text) => {
    const first = asked(await client.callTool(tool, {}));
    expect(
      textOf(
        await retry(
          tool,
          first,
          answers(first, () => answer),
        ),
      ),
    ).toBe(text);
    expect(upstream.runs).toEqual([{ tool, end: 'answered' }]);
    expect(app.app.get(SuspendedCalls).size).toBe(0);
    expect(await activeRequests()).toBe(0);
  });

  it('comes with others in one round, and again when it was left out or spoilt', async () => {
    const both = asked(await client.callTool('ask-two', {}));
    expect(Object.values(both.inputRequests).map(({ params }) => params.message)).toEqual(['first?', 'second?']);
    const second = asked(
      await retry(
        'ask-two',
        both,
        answers(both, (q) => (q === 'first?' ? 'a' : undefined)),
      ),
    );
    expect(Object.values(second.inputRequests).map(({ params }) => params.message)).toEqual(['second?']);
    const still = asked(
      await retry(
        'ask-two',
        second,
        answers(second, () => ({ action: 'maybe' })),
      ),
    );
    expect(
      textOf(
        await retry(
          'ask-two',
          still,
          answers(still, () => 'b'),
        ),
      ),
    ).toBe('accept a, accept b');
    expect(upstream.runs).toHaveLength(1);
  });

  it('may follow another', async () => {
    const first = asked(await client.callTool('ask-again', {}));
    const second = asked(
      await retry(
        'ask-again',
        first,
        answers(first, () => 'a'),
      ),
    );
    expect(
      textOf(
        await retry(
          'ask-again',
          second,
          answers(second, () => 'b'),
        ),
      ),
    ).toBe('accept a, accept b');
  });

  it('belongs to its own call when several run', async () => {
    const all = await Promise.all(['ask', 'ask-aside', 'ask-aside', 'ask'].map((tool) => client.callTool(tool, {})));
    const rounds = all.map(asked);
    const texts = await Promise.all(
      rounds.map(async (round, i) => {
        const tool = i === 0 || i === 3 ? 'ask' : 'ask-aside';
        return textOf(
          await retry(
            tool,
            round,
            answers(round, (q) => `${q} ${String(i)}`),
          ),
        );
      }),
    );
    expect(texts).toEqual(['accept one? 0', 'accept aside? 1', 'accept aside? 2', 'accept one? 3']);
    expect(upstream.sessions()).toBe(4);
  });

  it('is not put to a client that cannot be asked', async () => {
    const silent = await WireClient.open(`${app.url}/mcp/servers/asking`, 'modern');
    const answer = await silent.callTool('ask', {});
    expect(JSON.stringify(answer.messages)).toContain('not support');
  });

  it('by URL, which ends the call, is one that needs no state', async () => {
    const answer = await client.callTool('needs-url', {});
    const { inputRequests, requestState } = asked(answer);
    expect(Object.values(inputRequests)).toMatchObject([{ params: { mode: 'url', url: 'https://example.org/go' } }]);
    expect(requestState).toBeUndefined();
  });

  it('that the server gave up is no question any more: its answer is there at the retry', async () => {
    const first = asked(await client.callTool('ask-briefly', {}));
    await expect.poll(() => upstream.runs).toEqual([{ tool: 'ask-briefly', end: 'answered' }]);
    expect(
      textOf(
        await retry(
          'ask-briefly',
          first,
          answers(first, () => 'late'),
        ),
      ),
    ).toBe('went on without');
  });

  it('that is never answered ends the call: the server is told, its place is free, and it is on record', async () => {
    const first = asked(await client.callTool('ask', {}));
    expect(await activeRequests()).toBe(1);
    clock.advance(SUSPENSION_LIMITS.answerWithinMs);
    await expect.poll(() => upstream.runs).toEqual([{ tool: 'ask', end: 'cancelled' }]);
    expect(await activeRequests()).toBe(0);
    expect(
      await failure(
        retry(
          'ask',
          first,
          answers(first, () => 'late'),
        ),
      ),
    ).toMatchObject({
      code: -32602,
      data: { code: 'mcp.request_state_expired' },
    });
    await expect
      .poll(async () => (await app.request('GET', '/api/v1/audit/events?limit=1')).body.items?.[0])
      .toMatchObject({ success: false, errorCode: 'gateway.unanswered' });
  });
});

async function failure(answer: Promise<WireAnswer>): Promise<unknown> {
  return (await answer).messages.at(-1)?.error;
}

describe('a state', () => {
  it.each([
    ['tampered', 'ask', (state: string) => `${state.slice(0, -3)}AAA`, 'mcp.request_state_invalid'],
    ['made up', 'ask', () => 'bm90aGluZw', 'mcp.request_state_invalid'],
    ['too long', 'ask', (state: string) => state.repeat(50), 'mcp.request_state_invalid'],
    ['of another tool', 'ask-two', (state: string) => state, 'mcp.request_state_invalid'],
  ])('that is %s is refused, and the call stays', async (_how, tool, spoil, code) => {
    const first = asked(await client.callTool('ask', {}));
    const spoilt = { ...first, requestState: spoil(first.requestState) };
    expect(
      await failure(
        retry(
          tool,
          spoilt,
          answers(first, () => 'x'),
        ),
      ),
    ).toMatchObject({ code: -32602, data: { code } });
    expect(
      textOf(
        await retry(
          'ask',
          first,
          answers(first, () => 'y'),
        ),
      ),
    ).toBe('accept y');
  });

  it('is of no use at another server, with another method, or twice', async () => {
    const first = asked(await client.callTool('ask', {}));
    const elsewhere = await WireClient.open(`${app.url}/mcp/servers/other`, 'modern', ELICITS);
    const params = { name: 'ask', arguments: {}, requestState: first.requestState };
    for (const wrong of [elsewhere.request('tools/call', params), client.request('prompts/get', params)]) {
      expect(await failure(wrong)).toMatchObject({ code: -32602, data: { code: 'mcp.request_state_invalid' } });
    }
    const [one, two] = await Promise.all(
      [1, 2].map(() =>
        retry(
          'ask',
          first,
          answers(first, () => 'z'),
        ),
      ),
    );
    const errors = [one, two].flatMap((answer) => answer?.messages.at(-1)?.error ?? []);
    expect(errors).toMatchObject([{ code: -32602 }]);
    expect(await failure(retry('ask', first, {}))).toMatchObject({ code: -32602 });
    expect(upstream.runs).toHaveLength(1);
  });

  it('that is no text is refused', async () => {
    const wrong = client.request('tools/call', { name: 'ask', arguments: {}, requestState: 7 });
    expect(await failure(wrong)).toMatchObject({ code: -32602 });
  });
});

describe('a call', () => {
  it('that its client leaves is cancelled at the server', async () => {
    const abort = new AbortController();
    const left = client.request('tools/call', { name: 'hang', arguments: {} }, abort.signal);
    await expect.poll(() => upstream.runs).toHaveLength(1);
    abort.abort();
    await expect(left).rejects.toThrow();
    await expect.poll(() => upstream.runs).toEqual([{ tool: 'hang', end: 'cancelled' }]);
    expect(await activeRequests()).toBe(0);
  });

  it('of which the server says nothing for too long is ended', async () => {
    const answer = client.callTool('hang', {});
    await expect
      .poll(() => {
        clock.advance(30_000);
        return upstream.runs;
      })
      .toEqual([{ tool: 'hang', end: 'cancelled' }]);
    expect(await failure(answer)).toMatchObject({ code: -31504, data: { code: 'gateway.timeout' } });
  });

  it.each([{}, ELICITS])('runs once on a new session where the server forgot it: %j', async (capabilities) => {
    const caller = await WireClient.open(`${app.url}/mcp/servers/asking`, 'modern', capabilities);
    expect(textOf(await caller.callTool('plain', {}))).toBe('done');
    upstream.forget();
    expect(textOf(await caller.callTool('plain', {}))).toBe('done');
    expect(upstream.runs).toHaveLength(2);
    expect(upstream.sessions()).toBe(1);
  });

  it('hears log messages of the session, when it asks for them', async () => {
    const level = { _meta: { 'io.modelcontextprotocol/logLevel': 'info' } };
    const { messages } = await client.request('tools/call', { name: 'log-aside', arguments: {}, ...level });
    expect(messages).toMatchObject([
      { method: 'notifications/message', params: { data: 'said aside' } },
      { result: { resultType: 'complete' } },
    ]);
    expect((await client.callTool('log-aside', {})).messages).toHaveLength(1);
  });
});

describe('an upstream that dies while its client is asked', () => {
  it('is a clear error at the retry', async () => {
    const dying = await startAsking();
    await register(app, { name: 'dying', endpointUrl: dying.url });
    const caller = await WireClient.open(`${app.url}/mcp/servers/dying`, 'modern', ELICITS);
    const first = asked(await caller.callTool('ask', {}));
    await dying.close();
    const answer = await caller.request('tools/call', {
      name: 'ask',
      arguments: {},
      inputResponses: answers(first, () => 'x'),
      requestState: first.requestState,
    });
    expect(answer.messages.at(-1)?.error).toMatchObject({ code: -31502 });
    expect(app.app.get(SuspendedCalls).size).toBe(0);
  });
});
