import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { register } from '../support/registry.js';
import { SettableClock } from '../support/settable-clock.js';
import { events, json, type RawAnswer, type RawUpstream, startRawCalls } from '../support/upstreams/raw-calls.js';
import { WireClient, type WireEra } from '../support/wire-client.js';

const CLEAR = {
  data: { code: expect.stringMatching(/^(?:egress|gateway|mcp)\./) },
  message: expect.stringMatching(/./),
};
const ERAS: readonly WireEra[] = ['modern', 'legacy'];
const NOTE = '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}';

const ok = (id: unknown, text = 'ok'): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });
const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));

const clock = new SettableClock();
let app: TestApp;
let upstream: RawUpstream;
let endpoints: Record<WireEra, WireClient>;

beforeAll(async () => {
  [app, upstream] = await Promise.all([startTestApp({ clock }), startRawCalls(() => undefined)]);
  await register(app, { name: 'raw', endpointUrl: upstream.url, settings: { timeoutMs: 1000 } });
  const url = `${app.url}/mcp/servers/raw`;
  endpoints = { modern: await WireClient.open(url, 'modern'), legacy: await WireClient.open(url, 'legacy') };
});
afterAll(async () => {
  await app.close();
  await upstream.close();
});

/** So that the failures of a table do not add up to an open breaker: its window is 10 s long. */
async function behave(): Promise<void> {
  clock.advance(20_000);
  upstream.answer = (res, { id }) => json(res, ok(id));
  expect((await endpoints.modern.callTool('do', {})).messages.at(-1)).toHaveProperty('result');
}

describe.each(ERAS)('an upstream that answers a %s call with', (era) => {
  it.each<[string, number, RawAnswer]>([
    ['half a JSON text', -31502, (res, { id }) => json(res, ok(id).slice(0, 30))],
    [
      'half of what it announced',
      -31502,
      (res) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        res.write('{"jsonrpc":"2.0",', () => res.destroy());
      },
    ],
    ['nothing', -31502, (res) => json(res, '')],
    ['two JSON values', -31502, (res, { id }) => json(res, ok(id) + ok(id))],
    ['an answer and more', -31502, (res, { id }) => json(res, `${ok(id)} trailing`)],
    ['a list', -31502, (res, { id }) => json(res, `[${ok(id)}]`)],
    ['an answer to another question', -31502, (res) => json(res, ok(4711))],
    ['a page', -31502, (res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')],
    ['a request', -31502, (res) => json(res, '{"jsonrpc":"2.0","id":1,"method":"ping"}')],
    ['bytes that are gzipped', -31502, (res) => json(res, bomb, { 'content-encoding': 'gzip' })],
    [
      'an event stream that is gzipped',
      -31502,
      (res) => void res.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' }).end(bomb),
    ],
    ['headers of 100 kB', -31502, (res, { id }) => json(res, ok(id), { 'x-huge': 'x'.repeat(100_000) })],
    ['a closed connection', -31502, (res) => void res.destroy()],
    ['a status of 500', -31502, (res) => void res.writeHead(500).end('boom')],
    ['a challenge', -31502, (res) => void res.writeHead(401, { 'www-authenticate': 'Bearer' }).end()],
    ['a redirect', -31502, (res) => void res.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()],
    ['202', -31502, (res) => void res.writeHead(202).end()],
    ['nothing, for ever', -31504, () => undefined],
    [
      'headers only',
      -31504,
      (res) => {
        res.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
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
      'an event stream with the answer to another question',
      -31502,
      (res) => {
        events(res, ok(4711));
        res.end();
      },
    ],
    [
      'an event of 20 MB',
      -31502,
      (res, { id }) => {
        events(res, ok(id, 'x'.repeat(20_000_000)));
        res.end();
      },
    ],
  ])('%s', async (_what, code, answer) => {
    await behave();
    upstream.answer = answer;
    const { status, messages } = await endpoints[era].callTool('do', {});
    expect(status).toBe(200);
    const last = messages.at(-1);
    expect(last).toMatchObject({ jsonrpc: '2.0', id: expect.any(Number), error: { code, ...CLEAR } });
    expect(last).not.toHaveProperty('result');
  });

  it.each<[string, RawAnswer]>([
    [
      'two answers',
      (res, { id }) => {
        events(res, NOTE, ok(id), ok(id, 'again'));
        res.end();
      },
    ],
    [
      'comments without end behind the answer',
      (res, { id }) => {
        events(res, ok(id));
        drip('', ': still here\n\n')(res, {}, res.req);
      },
    ],
    [
      'a broken connection behind the answer',
      (res, { id }) => {
        events(res, ok(id));
        setTimeout(() => res.destroy(), 20);
      },
    ],
  ])('%s: the first answer counts, and ends it', async (_what, answer) => {
    await behave();
    upstream.answer = answer;
    const { messages } = await endpoints[era].callTool('do', {});
    expect(messages.filter((message) => 'result' in message)).toEqual([
      expect.objectContaining({ result: { content: [{ type: 'text', text: 'ok' }] } }),
    ]);
    expect(messages.at(-1)).toHaveProperty('result');
  });

  it.each<[string, RawAnswer]>([
    ['a byte now and then', drip('application/json', ' ')],
    [
      'JSON that is cut off',
      (res, { id }) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        res.write(ok(id).slice(0, 20));
        setTimeout(() => res.write('more', () => res.destroy()), 30);
      },
    ],
  ])('%s: when bytes have left, the connection is cut', async (_what, answer) => {
    await behave();
    upstream.answer = answer;
    await expect(endpoints[era].callTool('do', {})).rejects.toThrow('terminated');
    await behave();
  });

  it('headers of its own: none of them comes through', async () => {
    upstream.answer = (res, { id }) =>
      json(res, ok(id), {
        'set-cookie': 'a=b',
        'x-own': '1',
        'mcp-session-id': 'stolen',
        'www-authenticate': 'Basic',
        location: 'http://x/',
      });
    const { headers } = await endpoints[era].callTool('do', {});
    for (const name of ['set-cookie', 'x-own', 'mcp-session-id', 'www-authenticate', 'location'])
      expect(headers.get(name)).toBeNull();
  });
});

/** Opens the answer unless it is open, and writes a little at a time until nobody reads it any more. */
function drip(type: string, text: string): RawAnswer {
  return (res) => {
    if (!res.headersSent) res.writeHead(200, { 'content-type': type });
    const timer = setInterval(() => res.write(text), 20);
    res.on('close', () => clearInterval(timer));
  };
}
