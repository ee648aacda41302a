import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { openRawSession, type RawSession } from '../support/raw-session.js';
import { register } from '../support/registry.js';
import { SettableClock } from '../support/settable-clock.js';
import { events, json, type RawAnswer, type RawUpstream, startRawCalls } from '../support/upstreams/raw-calls.js';

const NOTE = '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}';

const ok = (id: unknown, result: object = { content: [{ type: 'text', text: 'ok' }] }): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result });
const asks = (id: unknown, rest: object): string => ok(id, { resultType: 'input_required', ...rest });

const clock = new SettableClock();
let app: TestApp;
let upstream: RawUpstream;
let session: RawSession;

beforeAll(async () => {
  [app, upstream] = await Promise.all([startTestApp({ clock }), startRawCalls(() => undefined, 'modern')]);
  await register(app, { name: 'raw', endpointUrl: upstream.url, settings: { timeoutMs: 1000 } });
  session = await openRawSession(`${app.url}/mcp/servers/raw`, { elicitation: {} });
});
afterAll(async () => {
  await app.close();
  await upstream.close();
});

let lastId = 0;
async function call(answer: RawAnswer) {
  // So that the failures of a table do not add up to an open breaker: its window is 10 s long.
  clock.advance(20_000);
  upstream.answer = (res, { id }) => json(res, ok(id));
  const before = await session.request('before', 'tools/call', { name: 'do', arguments: {} });
  expect(await before.last()).toHaveProperty('result');
  upstream.answer = answer;
  lastId += 1;
  return session.request(lastId, 'tools/call', { name: 'do', arguments: {} });
}

describe('a modern upstream that answers a legacy call with', () => {
  it.each<[string, number, RawAnswer]>([
    ['half a JSON text', -31502, (res, { id }) => json(res, ok(id).slice(0, 30))],
    ['nothing', -31502, (res) => json(res, '')],
    ['a list', -31502, (res, { id }) => json(res, `[${ok(id)}]`)],
    ['an answer to another question', -31502, (res) => json(res, ok(4711))],
    ['a page', -31502, (res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')],
    ['a request', -31502, (res) => json(res, '{"jsonrpc":"2.0","id":1,"method":"ping"}')],
    ['a closed connection', -31502, (res) => void res.destroy()],
    ['a status of 500', -31502, (res) => void res.writeHead(500).end('boom')],
    ['a challenge', -31502, (res) => void res.writeHead(401, { 'www-authenticate': 'Bearer' }).end()],
    ['202', -31502, (res) => void res.writeHead(202).end()],
    ['nothing, for ever', -31504, () => undefined],
    [
      'a byte now and then',
      -31504,
      (res) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => res.write(' '), 20);
        res.on('close', () => clearInterval(timer));
      },
    ],
    ['17 MB of JSON', -31502, (res, { id }) => json(res, ok(id, { content: [], x: 'x'.repeat(17_000_000) }))],
    ['an unknown resultType', -31502, (res, { id }) => json(res, ok(id, { resultType: 'later' }))],
    ['input_required without anything', -31502, (res, { id }) => json(res, asks(id, {}))],
    [
      'a question that no client knows',
      -31502,
      (res, { id }) => json(res, asks(id, { inputRequests: { a: { method: 'shell/run', params: {} } } })),
    ],
    [
      'a question that the client did not declare',
      -31502,
      (res, { id }) => json(res, asks(id, { inputRequests: { a: { method: 'roots/list' } } })),
    ],
    [
      'a hundred questions',
      -31502,
      (res, { id }) => {
        const form = { method: 'elicitation/create', params: { message: 'x', requestedSchema: { type: 'object' } } };
        const inputRequests = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [String(i), form]));
        json(res, asks(id, { inputRequests }));
      },
    ],
    [
      'an event stream that ends',
      -31502,
      (res) => {
        events(res, NOTE);
        res.end();
      },
    ],
    [
      'an event stream that breaks',
      -31502,
      (res) => {
        events(res, NOTE);
        setTimeout(() => res.destroy(), 20);
      },
    ],
    [
      'a request on its stream',
      -31502,
      (res, { id }) => {
        events(res, '{"jsonrpc":"2.0","id":1,"method":"roots/list"}', ok(id));
        res.end();
      },
    ],
  ])('%s: a clear error', async (_what, code, answer) => {
    const before = upstream.calls() + 1;
    const answered = await call(answer);
    expect(answered.status).toBe(200);
    const last = await answered.last();
    expect(last).toMatchObject({ jsonrpc: '2.0', id: lastId, error: { code, message: expect.stringMatching(/./) } });
    expect(last.error.data.code).toMatch(/^(?:egress|gateway|mcp)\./);
    expect(upstream.calls()).toBe(before + 1);
  });

  it('an error: it is the client’s, with its data', async () => {
    const error = { code: 4711, message: 'No', data: { why: [1.5] } };
    const answered = await call((res, { id }) => json(res, JSON.stringify({ jsonrpc: '2.0', id, error })));
    expect(await answered.last()).toEqual({ jsonrpc: '2.0', id: lastId, error });
  });

  it('what is not for this client before the answer, and more behind it: only the answer arrives', async () => {
    const progress =
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"theirs","progress":1}}';
    const answered = await call((res, { id }) => {
      events(res, NOTE, progress, ok(id), ok(id), NOTE);
      res.end();
    });
    expect(await answered.rest()).toEqual([
      { jsonrpc: '2.0', id: lastId, result: { content: [{ type: 'text', text: 'ok' }] } },
    ]);
    expect(answered.contentType).toBe('application/json');
  });

  it('headers of its own: none of them comes through', async () => {
    const answered = await call((res, { id }) =>
      json(res, ok(id), { 'set-cookie': 'a=b', 'mcp-session-id': 'stolen' }),
    );
    expect([...answered.headers.keys()]).not.toEqual(expect.arrayContaining(['set-cookie']));
    expect(answered.headers.get('mcp-session-id')).toBeNull();
  });
});
