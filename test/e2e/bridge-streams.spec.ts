import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { register } from '../support/registry.js';
import { type AskingUpstream, startAsking } from '../support/upstreams/asking.js';

let app: TestApp;
let upstream: AskingUpstream;
beforeAll(async () => {
  [app, upstream] = await Promise.all([startTestApp(), startAsking()]);
  await register(app, { name: 'asking', endpointUrl: upstream.url });
});
afterAll(async () => {
  await app.close();
  await upstream.close();
});

async function listen(path: string, filter: Parameters<Client['listen']>[0]) {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  const heard: { method: string; params?: unknown }[] = [];
  client.fallbackNotificationHandler = (notification) => Promise.resolve(void heard.push(notification));
  await client.connect(new StreamableHTTPClientTransport(new URL(app.url + path)));
  await client.listen(filter);
  return { client, heard };
}

describe.each(['/mcp', '/mcp/servers/asking'])('a modern client that listens on %s to a legacy server', (path) => {
  it('hears of the resources that it subscribed to, and leaves no session behind', async () => {
    const before = upstream.sessions();
    const { client, heard } = await listen(path, { resourceSubscriptions: ['test://watched'] });
    await expect.poll(() => upstream.subscribed()).toEqual(['test://watched']);
    await upstream.notifyUpdated('test://watched');
    await expect
      .poll(() => heard)
      .toContainEqual(
        expect.objectContaining({
          method: 'notifications/resources/updated',
          params: expect.objectContaining({ uri: 'test://watched' }),
        }),
      );
    await client.close();
    await expect.poll(() => upstream.sessions()).toBe(before);
  });
});

describe('a modern client that listens to the lists of a legacy server', () => {
  it('is told once they have what the server has', async () => {
    const { client, heard } = await listen('/mcp/servers/asking', { toolsListChanged: true });
    await expect.poll(() => upstream.sessions()).toBe(1);
    upstream.addTool('added');
    await expect
      .poll(
        async () => {
          await upstream.notifyToolsChanged();
          return heard.map(({ method }) => method);
        },
        { timeout: 15_000, interval: 200 },
      )
      .toContain('notifications/tools/list_changed');
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('added');
    await client.close();
    await expect.poll(() => upstream.sessions()).toBe(0);
  });
});
