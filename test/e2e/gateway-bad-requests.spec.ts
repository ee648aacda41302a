import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODERN_META, MODERN_VERSION } from '../../bench/tools/wire.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { rawRequest } from '../support/raw-request.js';
import { register } from '../support/registry.js';
import { events, json, type RawUpstream, startRawCalls } from '../support/upstreams/raw-calls.js';

const PATH = '/mcp/servers/raw';
const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': MODERN_VERSION,
  'mcp-method': 'tools/call',
  'mcp-name': 'do',
};
const PARAMS = { name: 'do', arguments: {}, _meta: MODERN_META };
const CALL = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: PARAMS });

let app: TestApp;
let upstream: RawUpstream;
beforeAll(async () => {
  [app, upstream] = await Promise.all([
    startTestApp(),
    startRawCalls((res, { id }) => json(res, JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } }))),
  ]);
  await register(app, { name: 'raw', endpointUrl: upstream.url });
});
afterAll(async () => {
  await app.close();
  await upstream.close();
});

const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
  rawRequest(app.url, { method: 'POST', path: PATH, headers: { ...HEADERS, ...headers }, body });

describe('a call over raw HTTP', () => {
  it.each([
    ['in chunks', { 'transfer-encoding': 'chunked' }],
    ['with a charset', { 'content-type': 'application/json; charset=utf-8' }],
    ['that expects 100', { expect: '100-continue' }],
  ])('%s is served', async (_what, headers) => {
    expect(await post(CALL, headers as unknown as Record<string, string>)).toMatchObject({
      status: 200,
      body: { id: 1, result: { content: [] } },
    });
  });

  it.each<[string, string | Buffer, Record<string, string>, number, number | undefined]>([
    ['nothing', '', {}, 400, -32700],
    ['half of a message', CALL.slice(0, 40), {}, 400, -32700],
    ['two messages', CALL + CALL, {}, 400, -32700],
    ['a batch', `[${CALL}]`, {}, 400, -32600],
    ['invalid UTF-8', Buffer.from(CALL.replace('"do"', '"d\u00ff"'), 'latin1'), {}, 400, undefined],
    ['a BOM', `\ufeff${CALL}`, {}, 400, undefined],
    ['a key given twice', CALL.replace('"id":1', '"id":1,"id":2'), {}, 400, -32600],
    ['a key given twice, escaped', CALL.replace('"name":"do"', '"name":"do","n\\u0061me":"other"'), {}, 400, -32600],
    ['a body of 5 MB', CALL.replace('{}', `{"x":"${'x'.repeat(5_000_000)}"}`), {}, 413, undefined],
    [
      'a body of 5 MB in chunks',
      CALL.replace('{}', `{"x":"${'x'.repeat(5_000_000)}"}`),
      { 'transfer-encoding': 'chunked' },
      413,
      undefined,
    ],
    ['a body that is gzipped', gzipSync(CALL), { 'content-encoding': 'gzip' }, 400, undefined],
    ['100,000 levels', CALL.replace('{}', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`), {}, 400, undefined],
    ['another type', CALL, { 'content-type': 'text/plain' }, 415, undefined],
    ['a header that is not the body', CALL, { 'mcp-name': 'other' }, 400, -32020],
    [
      'a method that is none',
      CALL.replace('tools/call', 'tools/destroy'),
      { 'mcp-method': 'tools/destroy' },
      404,
      -32601,
    ],
    ['a foreign origin', CALL, { origin: 'https://evil.example' }, 403, undefined],
    ['a foreign host', CALL, { host: 'evil.example' }, 403, undefined],
  ])('%s is refused, and the server not asked', async (_what, body, headers, status, code) => {
    const before = upstream.requests();
    const answer = await post(body, headers);
    expect(answer.status, JSON.stringify(answer.body).slice(0, 300)).toBe(status);
    if (code !== undefined) expect(answer.body).toMatchObject({ jsonrpc: '2.0', error: { code } });
    expect(JSON.stringify(answer.body).length).toBeLessThan(2000);
    expect(upstream.requests()).toBe(before);
  });

  it('with line breaks in what a header says splits nothing', async () => {
    const name = 'do\r\nX-Injected: 1';
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { ...PARAMS, name } });
    const answer = await post(body, { 'mcp-name': `=?base64?${Buffer.from(name).toString('base64')}?=` });
    expect(answer.headers.get('x-injected')).toBeNull();
    expect(answer.body).toMatchObject({ jsonrpc: '2.0', id: 1 });
  });

  it('of a client that leaves is cancelled at the server', async () => {
    let closed = false;
    upstream.answer = (res) => {
      events(res, '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}');
      res.on('close', () => {
        closed = true;
      });
    };
    const socket = await opened();
    socket.write(raw(CALL));
    await once(socket, 'data');
    socket.destroy();
    await expect.poll(() => closed).toBe(true);
    await expect.poll(activeRequests).toBe(0);
  });

  it('of a client that stops reading: the server is not read either', async () => {
    const chunk = `data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"${'x'.repeat(64 * 1024)}"}}\n\n`;
    let written = 0;
    let blocked = false;
    upstream.answer = (res) => {
      events(res);
      const more = (): void => {
        while (!res.destroyed && written < 1024 * 1024 * 1024) {
          written += chunk.length;
          if (!res.write(chunk)) {
            blocked = true;
            res.once('drain', () => {
              blocked = false;
              more();
            });
            return;
          }
        }
      };
      more();
    };
    const socket = await opened();
    socket.write(raw(CALL));
    await once(socket, 'data');
    socket.pause();
    let last = -1;
    await expect
      .poll(
        () => {
          const still = blocked && written === last;
          last = written;
          return still;
        },
        { interval: 300, timeout: 15_000 },
      )
      .toBe(true);
    expect(written).toBeLessThan(64 * 1024 * 1024);
    socket.destroy();
    await expect.poll(activeRequests).toBe(0);
  });
});

async function opened(): Promise<Socket> {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

function raw(body: string): string {
  const lines = Object.entries({ ...HEADERS, host: new URL(app.url).host, 'content-length': String(body.length) });
  return `POST ${PATH} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

async function activeRequests(): Promise<number> {
  const { items } = (await app.request('GET', '/api/v1/router/metrics')).body;
  return items.find((item: { server: { name: string } }) => item.server.name === 'raw')?.activeRequests;
}
