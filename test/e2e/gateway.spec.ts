import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { type EverythingUpstream, startEverything } from '../support/upstreams/everything.js';
import { type ModernUpstream, startModernOnly } from '../support/upstreams/modern.js';

async function legacyClient(url: string): Promise<LegacyClient> {
  const client = new LegacyClient({ name: 'test', version: '1.0.0' });
  await client.connect(new LegacyTransport(new URL(url)));
  return client;
}

async function modernClient(url: string): Promise<ModernClient> {
  const client = new ModernClient(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  await client.connect(new ModernTransport(new URL(url)));
  return client;
}

describe('the gateway', () => {
  let app: TestApp;
  let everything: EverythingUpstream;
  let modern: ModernUpstream;

  beforeAll(async () => {
    [app, everything, modern] = await Promise.all([
      startTestApp(),
      startEverything('streamableHttp'),
      startModernOnly(),
    ]);
    for (const [name, endpointUrl] of [
      ['everything', everything.url],
      ['fixture', modern.url],
    ]) {
      expect((await app.request('POST', '/api/v1/servers', { name, endpointUrl })).status).toBe(201);
    }
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([everything.close(), modern.close()]);
  });

  it('is a server of its own names to a legacy client, on /mcp/servers/{name}', async () => {
    const client = await legacyClient(`${app.url}/mcp/servers/everything`);
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toContain('echo');
    expect(await client.callTool({ name: 'echo', arguments: { message: 'hello' } })).toMatchObject({
      content: [{ type: 'text', text: 'Echo: hello' }],
    });
    const { prompts } = await client.listPrompts();
    expect(prompts.length).toBeGreaterThan(0);
    const { resources } = await client.listResources();
    expect((await client.readResource({ uri: resources[0]?.uri ?? '' })).contents).toHaveLength(1);
    await client.close();
  });

  it('is all servers to a legacy client, on /mcp, under exposed names', async () => {
    const client = await legacyClient(`${app.url}/mcp`);
    const { tools } = await client.listTools();
    const names = tools.map((tool) => tool.name);
    expect(names).toContain('everything__echo');
    expect(names).toContain('fixture__echo');
    expect(await client.callTool({ name: 'everything__echo', arguments: { message: 'hi' } })).toMatchObject({
      content: [{ type: 'text', text: 'Echo: hi' }],
    });
    await expect(client.callTool({ name: 'nobody__echo', arguments: {} })).rejects.toMatchObject({ code: -32602 });
    await client.close();
  });

  it.each(['/mcp/servers/fixture', '/mcp'])('serves a modern client on %s', async (path) => {
    const client = await modernClient(app.url + path);
    const { tools } = await client.listTools();
    const echo = tools.map((tool) => tool.name).find((name) => name.endsWith('echo') && !name.startsWith('everything'));
    const answer = await client.callTool({ name: echo ?? '', arguments: { message: 'hello' } });
    expect(JSON.stringify(answer)).toContain('hello');
    await client.close();
  });

  it('calls a tool over REST, and refuses an ambiguous one', async () => {
    const called = await app.request('POST', '/api/v1/router/call', {
      tool: 'echo',
      server: 'everything',
      arguments: { message: 'rest' },
    });
    expect(called.status).toBe(200);
    expect(called.body).toMatchObject({
      server: { name: 'everything' },
      result: { content: [{ text: 'Echo: rest' }] },
    });
    const ambiguous = await app.request('POST', '/api/v1/router/call', { tool: 'echo', arguments: {} });
    expect(ambiguous.status).toBe(409);
    expect(ambiguous.body.data.candidates).toHaveLength(2);
    const metrics = await app.request('GET', '/api/v1/router/metrics');
    expect(metrics.body.items.length).toBeGreaterThan(0);
  });

  it.each([
    ['no session', {}, 400],
    ['an unknown session', { 'mcp-session-id': 'nobody' }, 404],
  ])('refuses a legacy request with %s', async (_name, headers, status) => {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const answer = await app.request('POST', '/mcp', message, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ jsonrpc: '2.0', id: 1, error: { code: -32600 } });
  });

  it('answers 404 for a server that is not there', async () => {
    const answer = await app.request('POST', '/mcp/servers/nobody', { jsonrpc: '2.0', id: 1, method: 'ping' });
    expect(answer.status).toBe(404);
  });
});
