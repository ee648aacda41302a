import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { register } from '../support/registry.js';
import { type RawSession, openRawSession } from '../support/raw-session.js';
import { type AskingUpstream, startModernAsking } from '../support/upstreams/modern-asking.js';
import { startSwitchable, type SwitchableUpstream } from '../support/upstreams/switchable.js';

let app: TestApp;
let asking: AskingUpstream;
let switchable: SwitchableUpstream;
beforeAll(async () => {
  [app, asking, switchable] = await Promise.all([
    startTestApp(),
    startModernAsking(),
    startSwitchable({ eras: 'modern' }),
  ]);
  await register(app, { name: 'asking', endpointUrl: asking.url });
});
afterAll(async () => {
  await app.close();
  await asking.close();
  await switchable.close();
});

function open(capabilities: object = { elicitation: {} }, protocolVersion?: string): Promise<RawSession> {
  return openRawSession(`${app.url}/mcp/servers/asking`, capabilities, protocolVersion);
}

const ACCEPTED = { action: 'accept', content: { name: 'Ada' } };

describe('a legacy session with a server of 2026-07-28 alone', () => {
  it('is answered with JSON where nothing comes before the answer, under its own id', async () => {
    const session = await open();
    const call = await session.request('ä-1', 'tools/call', { name: 'in_region', arguments: { region: 'eu' } });
    expect(call.contentType).toBe('application/json');
    expect(await call.last()).toEqual({
      jsonrpc: '2.0',
      id: 'ä-1',
      result: { content: [{ type: 'text', text: '{"region":"eu"}' }] },
    });
  });

  it('is asked on the stream of its call, and its answer is accepted', async () => {
    const session = await open();
    const call = await session.request(7, 'tools/call', { name: 'ask' });
    expect(call.contentType).toBe('text/event-stream');
    const asked = await call.next();
    expect(asked).toMatchObject({ method: 'elicitation/create', params: { message: 'Who are you?' } });
    const posted = await session.post({ jsonrpc: '2.0', id: asked.id, result: ACCEPTED });
    expect(posted.status).toBe(202);
    expect(await posted.text()).toBe('');
    expect(await call.last()).toMatchObject({ id: 7, result: { content: [{ text: expect.stringContaining('Ada') }] } });
    // It counts once, and nobody waits for it any more.
    expect((await session.post({ jsonrpc: '2.0', id: asked.id, result: ACCEPTED })).status).toBe(202);
  });

  it('cannot answer for another session', async () => {
    const [asked, other] = await Promise.all([open(), open()]);
    const call = await asked.request(1, 'tools/call', { name: 'ask' });
    const { id } = await call.next();
    const forged = { action: 'accept', content: { name: 'Mallory' } };
    expect((await other.post({ jsonrpc: '2.0', id, result: forged })).status).toBe(202);
    await asked.post({ jsonrpc: '2.0', id, result: ACCEPTED });
    expect(JSON.stringify(await call.last())).toContain('Ada');
  });

  it('takes back what it asked when its client cancels, and sends no answer', async () => {
    const session = await open();
    const call = await session.request(1, 'tools/call', { name: 'ask' });
    const { id } = await call.next();
    await session.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    expect(await call.rest()).toEqual([
      expect.objectContaining({
        method: 'notifications/cancelled',
        params: expect.objectContaining({ requestId: id }),
      }),
    ]);
  });

  it('has no answer for a call whose client cancelled it before anything was said', async () => {
    const session = await open();
    const pending = session.request(1, 'tools/call', { name: 'slow' });
    await expect.poll(() => asking.running()).toBe(1);
    await session.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    expect((await pending).status).toBe(202);
    await expect.poll(() => asking.running()).toBe(0);
  });

  it('ends what it asked when it is deleted', async () => {
    const session = await open();
    const call = await session.request(1, 'tools/call', { name: 'ask' });
    await call.next();
    await session.delete();
    expect((await call.rest()).at(-1)).toMatchObject({ id: 1, error: { data: { code: 'mcp.session_unknown' } } });
  });

  it('gets a clear error when its client says that it cannot answer', async () => {
    const session = await open({ sampling: {} });
    const call = await session.request(1, 'tools/call', { name: 'sample' });
    const { id } = await call.next();
    await session.post({ jsonrpc: '2.0', id, error: { code: -1, message: 'User rejected sampling request' } });
    expect(await call.last()).toMatchObject({
      id: 1,
      result: { isError: true, content: [{ text: expect.stringContaining('User rejected sampling request') }] },
    });
  });

  it.each([
    ['2025-03-26', { elicitation: {} }],
    ['2025-06-18', { sampling: {} }],
  ])('is not asked what its revision %s, or its client, does not have', async (version, capabilities) => {
    const session = await open(capabilities, version);
    const call = await session.request(1, 'tools/call', { name: 'ask' });
    expect(await call.last()).toMatchObject({ id: 1, error: { code: -32602 } });
  });

  it('gets -32002 for a resource that is not there', async () => {
    const session = await open();
    const read = await session.request(1, 'resources/read', { uri: 'test://unknown' });
    expect(await read.last()).toMatchObject({ id: 1, error: { code: -32002 } });
  });

  it('hears nothing of what a modern server has no word for', async () => {
    const session = await open();
    const requests = asking.headers.length;
    const roots = await session.post({ jsonrpc: '2.0', method: 'notifications/roots/list_changed' });
    expect(roots.status).toBe(202);
    const ping = await session.request(1, 'ping', {});
    expect(await ping.last()).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    const tasks = await session.request(2, 'tasks/get', {});
    expect(await tasks.last()).toMatchObject({ error: { code: -32601 } });
    expect(asking.headers.length).toBe(requests);
  });
});

describe('a server that speaks other revisions than it did', () => {
  it('is probed again when it refuses as no modern server would, and called as it speaks now', async () => {
    const { name } = await register(app, { endpointUrl: switchable.url });
    const session = await openRawSession(`${app.url}/mcp/servers/${name}`, {});
    const echo = async () =>
      (await session.request(1, 'tools/call', { name: 'echo', arguments: { message: 'hi' } })).last();
    expect(await echo()).toMatchObject({ result: { content: [{ text: 'Echo: hi' }] } });
    switchable.eras = 'legacy';
    expect(await echo()).toMatchObject({ error: expect.anything() });
    await expect.poll(echo, { timeout: 10_000 }).toMatchObject({ result: { content: [{ text: 'Echo: hi' }] } });
    switchable.eras = 'modern';
  });
});
