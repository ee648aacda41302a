import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { freePort } from '../support/ports.js';
import { startEverything } from '../support/upstreams/everything.js';
import { startLegacyStateful } from '../support/upstreams/legacy.js';
import { startMisbehaving } from '../support/upstreams/misbehaving.js';

async function connect(url: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return client;
}

describe('the gateway in front of upstreams of every kind', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  async function register(name: string, endpointUrl: string, more: object = {}): Promise<void> {
    const answer = await app.request('POST', '/api/v1/servers', { name, endpointUrl, ...more });
    expect(answer.status).toBe(201);
  }

  it('reaches the real server-everything over HTTP+SSE', async () => {
    const sse = await startEverything('sse');
    try {
      await register('old', sse.url, { transportType: 'sse' });
      const client = await connect(`${app.url}/mcp/servers/old`);
      expect((await client.listTools()).tools.length).toBeGreaterThan(5);
      for (const message of ['one', 'two']) {
        expect(await client.callTool({ name: 'echo', arguments: { message } })).toMatchObject({
          content: [{ text: `Echo: ${message}` }],
        });
      }
      await client.close();
    } finally {
      await sse.close();
    }
  });

  it('opens one upstream session for a client session, and ends it with that one', async () => {
    const upstream = await startLegacyStateful();
    try {
      await register('stateful', upstream.url);
      const transport = new StreamableHTTPClientTransport(new URL(`${app.url}/mcp/servers/stateful`));
      const client = new Client({ name: 'test', version: '1.0.0' });
      await client.connect(transport);
      await client.callTool({ name: 'echo', arguments: { message: 'a' } });
      await client.callTool({ name: 'echo', arguments: { message: 'b' } });
      expect(upstream.sessions()).toBe(1);
      await transport.terminateSession();
      await expect.poll(() => upstream.sessions()).toBe(0);
      await client.close();
    } finally {
      await upstream.close();
    }
  });

  it('tells a legacy client of changes in the catalogue', async () => {
    const upstream = await startLegacyStateful();
    try {
      await register('changing', upstream.url);
      const client = await connect(`${app.url}/mcp/servers/changing`);
      let told = 0;
      client.fallbackNotificationHandler = (notification) => {
        if (notification.method === 'notifications/tools/list_changed') told += 1;
        return Promise.resolve();
      };
      upstream.content.tools = [...upstream.content.tools, { name: 'new', inputSchema: { type: 'object' } }];
      const { items } = (await app.request('GET', '/api/v1/servers?q=changing')).body;
      await app.request('POST', `/api/v1/servers/${items[0].id}/probe`);
      await expect.poll(() => told).toBeGreaterThan(0);
      expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('new');
      await client.close();
    } finally {
      await upstream.close();
    }
  });

  it('goes on after the server restarted and forgot every session', async () => {
    const port = await freePort();
    let everything = await startEverything('streamableHttp', { port });
    try {
      await register('restarting', everything.url);
      const client = await connect(`${app.url}/mcp/servers/restarting`);
      const overRest = { tool: 'echo', server: 'restarting', arguments: { message: 'rest' } };
      await client.callTool({ name: 'echo', arguments: { message: 'before' } });
      expect((await app.request('POST', '/api/v1/router/call', overRest)).status).toBe(200);
      await everything.close();
      everything = await startEverything('streamableHttp', { port });
      expect(await client.callTool({ name: 'echo', arguments: { message: 'after' } })).toMatchObject({
        content: [{ text: 'Echo: after' }],
      });
      expect((await app.request('POST', '/api/v1/router/call', overRest)).status).toBe(200);
      await client.close();
    } finally {
      await everything.close();
    }
  });

  it('answers a call to a dead server with a clear error, and rests the server', async () => {
    const upstream = await startLegacyStateful();
    await register('mortal', upstream.url);
    const client = await connect(`${app.url}/mcp/servers/mortal`);
    await client.callTool({ name: 'echo', arguments: { message: 'alive' } });
    await upstream.close();
    for (let i = 0; i < 5; i += 1) {
      await expect(client.callTool({ name: 'echo', arguments: { message: 'x' } })).rejects.toMatchObject({
        code: -31502,
      });
    }
    await expect(client.callTool({ name: 'echo', arguments: { message: 'x' } })).rejects.toMatchObject({
      code: -31503,
      data: { code: 'gateway.circuit_open' },
    });
    expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('echo');
    await client.close();
  });

  it('does not let a server that never answers hold up the others', async () => {
    const hanging = await startMisbehaving('hang');
    const healthy = await startEverything('streamableHttp');
    try {
      await register('hanging', hanging.url, { autoDiscover: false });
      await register('quick', healthy.url);
      const client = await connect(`${app.url}/mcp`);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          client.callTool({ name: 'quick__echo', arguments: { message: String(i) } }),
        ),
      );
      expect(answers).toHaveLength(20);
      await client.close();
    } finally {
      await Promise.all([hanging.close(), healthy.close()]);
    }
  });
});
