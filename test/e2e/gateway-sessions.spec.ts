import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SESSION_LIMITS } from '../../src/modules/gateway/sessions/session-limits.js';
import { SESSION_STORE, type SessionStore } from '../../src/modules/gateway/sessions/session-store.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { register } from '../support/registry.js';
import { SettableClock } from '../support/settable-clock.js';
import { type ForgetfulUpstream, startForgetful } from '../support/upstreams/forgetful.js';
import { WireClient } from '../support/wire-client.js';

const DO = { tool: 'do', server: 'forgetful' };
const clock = new SettableClock();
let app: TestApp;
let store: SessionStore;
let upstream: ForgetfulUpstream;

beforeAll(async () => {
  [app, upstream] = await Promise.all([startTestApp({ clock }), startForgetful()]);
  store = app.app.get<SessionStore>(SESSION_STORE);
  await register(app, { name: 'forgetful', endpointUrl: upstream.url });
});
beforeEach(async () => {
  await store.closeAll();
  await expect.poll(() => upstream.sessions.size).toBe(0);
});
afterAll(async () => {
  await app.close();
  await upstream.close();
});

const ENDPOINTS = [
  { path: '/mcp/servers/forgetful', tool: 'do' },
  { path: '/mcp', tool: 'forgetful__do' },
] as const;

describe.each(ENDPOINTS)('a session on $path', ({ path, tool }) => {
  it('outlives the one that its server forgot: level, subscriptions, and the call once', async () => {
    const client = await WireClient.open(app.url + path, 'legacy');
    await client.request('logging/setLevel', { level: 'error' });
    await client.request('resources/subscribe', { uri: 'test://watched' });
    await client.request('resources/subscribe', { uri: 'test://left' });
    await client.request('resources/unsubscribe', { uri: 'test://left' });
    upstream.forget();
    expect((await client.callTool(tool, {})).messages.at(-1)).toHaveProperty('result');
    const [[, told] = []] = upstream.sessions;
    await expect
      .poll(() => told?.map(({ method }) => method).toSorted())
      .toEqual(['logging/setLevel', 'notifications/initialized', 'resources/subscribe', 'tools/call']);
    expect(told).toContainEqual(expect.objectContaining({ method: 'logging/setLevel', params: { level: 'error' } }));
    expect(told).toContainEqual(
      expect.objectContaining({ method: 'resources/subscribe', params: { uri: 'test://watched' } }),
    );
  });

  it('takes its upstream session with it when its client deletes it', async () => {
    const client = await WireClient.open(app.url + path, 'legacy');
    await client.callTool(tool, {});
    expect(upstream.sessions.size).toBe(1);
    const headers = { 'mcp-session-id': client.sessionId ?? '' };
    expect((await app.request('DELETE', path, undefined, headers)).status).toBe(200);
    await expect.poll(() => upstream.sessions.size).toBe(0);
    const after = await client.callTool(tool, {});
    expect(after).toMatchObject({ status: 404, messages: [{ id: expect.any(Number), error: { code: -32600 } }] });
    expect((await app.request('DELETE', path, undefined, headers)).status).toBe(404);
    expect((await app.request('DELETE', path)).status).toBe(400);
  });

  it('ends when it was idle for 30 minutes, and its upstream session with it', async () => {
    const client = await WireClient.open(app.url + path, 'legacy');
    await client.callTool(tool, {});
    clock.advance(SESSION_LIMITS.idleMs - 1);
    await client.callTool(tool, {});
    clock.advance(SESSION_LIMITS.idleMs - 1);
    expect(await store.sweep(clock.nowMs())).toBe(0);
    clock.advance(1);
    expect((await client.callTool(tool, {})).status).toBe(404);
    await expect.poll(() => upstream.sessions.size).toBe(0);
  });

  it('is no good at another endpoint', async () => {
    const client = await WireClient.open(app.url + path, 'legacy');
    const other = path === '/mcp' ? '/mcp/servers/forgetful' : '/mcp';
    const message = { jsonrpc: '2.0', id: 1, method: 'ping' };
    const headers = { 'mcp-session-id': client.sessionId ?? '' };
    expect((await app.request('POST', path, message, headers)).status).toBe(200);
    expect((await app.request('POST', other, message, headers)).status).toBe(404);
  });
});

describe('the bound of sessions', () => {
  it('closes the longest idle one of 100, and refuses when all have a stream open', async () => {
    const url = `${app.url}/mcp/servers/forgetful`;
    const oldest = await WireClient.open(url, 'legacy');
    await oldest.callTool('do', {});
    const others: WireClient[] = [];
    for (let i = 1; i < SESSION_LIMITS.maxPerPrincipal; i += 1) others.push(await WireClient.open(url, 'legacy'));
    expect(store.size).toBe(SESSION_LIMITS.maxPerPrincipal);
    const newest = await WireClient.open(url, 'legacy');
    expect(store.size).toBe(SESSION_LIMITS.maxPerPrincipal);
    expect((await oldest.callTool('do', {})).status).toBe(404);
    await expect.poll(() => upstream.sessions.size).toBe(0);

    const leave = new AbortController();
    await Promise.all(
      [...others, newest].map(({ sessionId = '' }) =>
        fetch(url, {
          headers: { accept: 'text/event-stream', 'mcp-session-id': sessionId },
          signal: leave.signal,
        }),
      ),
    );
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params };
    const refused = await app.request('POST', '/mcp/servers/forgetful', initialize);
    expect(refused).toMatchObject({
      status: 503,
      body: { id: 1, error: { code: -31503, data: { code: 'gateway.sessions_exhausted', retryAfterMs: 10_000 } } },
    });
    expect(refused.headers.get('retry-after')).toBe('10');
    leave.abort();
    await expect.poll(async () => (await app.request('POST', '/mcp/servers/forgetful', initialize)).status).toBe(200);
  });

  it('holds for calls over REST too: one session for each caller, whatever its other sessions do', async () => {
    expect((await app.request('POST', '/api/v1/router/call', DO)).status).toBe(200);
    const [own] = upstream.sessions.keys();
    const client = await WireClient.open(`${app.url}/mcp/servers/forgetful`, 'legacy');
    const headers = { 'mcp-session-id': client.sessionId ?? '' };
    await app.request('DELETE', '/mcp/servers/forgetful', undefined, headers);
    expect((await app.request('POST', '/api/v1/router/call', DO)).status).toBe(200);
    expect([...upstream.sessions.keys()]).toEqual([own]);
    expect(store.size).toBe(1);
  });
});
