import type { ClientCapabilities } from '@modelcontextprotocol/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startConformanceUpstream } from '../conformance/upstream.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { connectModern, type RealClient } from '../support/real-clients.js';
import { register } from '../support/registry.js';
import { startEverything } from '../support/upstreams/everything.js';

const closers: (() => Promise<void>)[] = [];
const clients: RealClient[] = [];

let app: TestApp;
beforeAll(async () => {
  const [started, streamable, sse, fixture] = await Promise.all([
    startTestApp(),
    startEverything('streamableHttp'),
    startEverything('sse'),
    startConformanceUpstream('legacy'),
  ]);
  app = started;
  closers.push(() => app.close(), ...[streamable, sse, fixture].map((upstream) => () => upstream.close()));
  await register(app, { name: 'everything', endpointUrl: streamable.url });
  await register(app, { name: 'old', endpointUrl: sse.url, transportType: 'sse' });
  await register(app, { name: 'fixture', endpointUrl: fixture.url });
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});
afterAll(async () => {
  for (const close of closers) await close();
});

const ALL = { elicitation: {}, sampling: {}, roots: {} };

async function connect(
  path: string,
  server: string,
  capabilities: ClientCapabilities = {},
): Promise<{ client: RealClient; named: (name: string) => string }> {
  const client = await connectModern(app.url + path, capabilities);
  clients.push(client);
  return { client, named: (name) => (path === '/mcp' ? `${server}__${name}` : name) };
}

const EVERYTHING = ['everything', 'old'].flatMap((server) =>
  ['/mcp', `/mcp/servers/${server}`].map((path) => [server, path] as const),
);

describe.each(EVERYTHING)('a modern client with server-everything as %s on %s', (server, path) => {
  it('calls, reads, prompts and completes', async () => {
    const { client, named } = await connect(path, server);
    expect(await client.tools()).toContain(named('echo'));
    expect(await client.call(named('echo'), { message: 'hi' })).toContain('Echo: hi');
    expect(await client.prompt(named('args-prompt'), { city: 'Paris' })).toContain('Paris');
    expect(await client.complete(named('completable-prompt'), 'department', 'Sa')).toEqual(['Sales']);
    expect(await client.read('demo://resource/dynamic/text/7')).toContain('demo://resource/dynamic/text/7');
  });

  it('hears the progress of a call, and cancels a call for good', async () => {
    const { client, named } = await connect(path, server);
    const progress: number[] = [];
    const onprogress = (step: { progress: number }): void => void progress.push(step.progress);
    await client.call(named('trigger-long-running-operation'), { duration: 0.3, steps: 3 }, { onprogress });
    expect(progress).toEqual([1, 2, 3]);

    const abort = new AbortController();
    const cancelled = client.call(
      named('trigger-long-running-operation'),
      { duration: 60, steps: 600 },
      { onprogress: () => abort.abort(), signal: abort.signal },
    );
    await expect(cancelled).rejects.toThrow();
    await expect.poll(() => activeRequests(server), { timeout: 5000 }).toBe(0);
    expect(await client.call(named('echo'), { message: 'still here' })).toContain('still here');
  });

  it('is asked', async () => {
    const { client, named } = await connect(path, server, ALL);
    expect(await client.call(named('trigger-elicitation-request'))).toContain('Ada');
    expect(await client.call(named('trigger-sampling-request'), { prompt: 'x', maxTokens: 10 })).toContain('sampled');
    expect(await client.call(named('get-roots-list'))).toContain('file:///work');
  });
});

describe.each(['/mcp', '/mcp/servers/fixture'])('a modern client with a legacy server on %s', (path) => {
  it('calls, reads, prompts, completes and is asked', async () => {
    const { client, named } = await connect(path, 'fixture', ALL);
    expect(await client.tools()).toContain(named('test_simple_text'));
    expect(await client.prompt(named('test_simple_prompt'))).toContain('simple prompt');
    expect(await client.complete(named('test_prompt_with_arguments'), 'arg1', 'par')).toEqual([
      'paris',
      'park',
      'party',
    ]);
    expect(await client.read('test://template/7/data')).toContain('Data for ID: 7');
    expect(await client.call(named('test_elicitation'), { message: 'who?' })).toContain('ada');
    expect(await client.call(named('test_sampling'), { prompt: 'x' })).toContain('sampled');
  });

  it('has the answer of a call whose stream the server ended, to be resumed', async () => {
    const { client, named } = await connect(path, 'fixture');
    expect(await client.call(named('test_reconnection'))).toContain('after the stream was dropped');
  });
});

async function activeRequests(server: string): Promise<number> {
  const { items } = (await app.request('GET', '/api/v1/router/metrics')).body;
  return items.find((item: { server: { name: string } }) => item.server.name === server)?.activeRequests;
}
