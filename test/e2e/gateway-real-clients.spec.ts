import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startConformanceUpstream } from '../conformance/upstream.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { freePort } from '../support/ports.js';
import { type ClientLine, connectClient, type RealClient } from '../support/real-clients.js';
import { register } from '../support/registry.js';
import { startEverything } from '../support/upstreams/everything.js';

const LONG_RUN = 'trigger-long-running-operation';
const closers: (() => Promise<void>)[] = [];
const clients: RealClient[] = [];

let app: TestApp;
beforeAll(async () => {
  const [started, streamable, sse, fixture] = await Promise.all([
    startTestApp(),
    startEverything('streamableHttp'),
    startEverything('sse'),
    startConformanceUpstream(),
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

/** A client of one server or of all, and its way to name that server's tools and prompts. */
async function connect(
  line: ClientLine,
  path: string,
  server: string,
): Promise<{ client: RealClient; named: (name: string) => string }> {
  const client = await connectClient(line, app.url + path);
  clients.push(client);
  return { client, named: (name) => (path === '/mcp' ? `${server}__${name}` : name) };
}

async function activeRequests(server: string): Promise<number> {
  const { items } = (await app.request('GET', '/api/v1/router/metrics')).body;
  return items.find((item: { server: { name: string } }) => item.server.name === server)?.activeRequests;
}

const EVERYTHING = (['v1', 'v2 legacy'] as const).flatMap((line) =>
  ['everything', 'old'].flatMap((server) =>
    ['/mcp', `/mcp/servers/${server}`].map((path) => [line, server, path] as const),
  ),
);

describe.each(EVERYTHING)('the client %s with server-everything as %s on %s', (line, server, path) => {
  it('calls, reads, prompts and completes', async () => {
    const { client, named } = await connect(line, path, server);
    expect(await client.tools()).toContain(named('echo'));
    expect(await client.call(named('echo'), { message: 'hi' })).toContain('Echo: hi');
    expect(await client.prompt(named('args-prompt'), { city: 'Paris' })).toContain('Paris');
    expect(await client.complete(named('completable-prompt'), 'department', 'Sa')).toEqual(['Sales']);
    expect(await client.read('demo://resource/dynamic/text/7')).toContain('demo://resource/dynamic/text/7');
  });

  it('hears the progress of a call, sets a level, and cancels a call for good', async () => {
    const { client, named } = await connect(line, path, server);
    const progress: number[] = [];
    const onprogress = (step: { progress: number }): void => void progress.push(step.progress);
    await client.call(named(LONG_RUN), { duration: 0.3, steps: 3 }, { onprogress });
    expect(progress).toEqual([1, 2, 3]);
    await client.setLevel('error');

    const abort = new AbortController();
    const cancelled = client.call(
      named(LONG_RUN),
      { duration: 60, steps: 600 },
      { onprogress: () => abort.abort(), signal: abort.signal },
    );
    await expect(cancelled).rejects.toThrow();
    await expect.poll(() => activeRequests(server), { timeout: 5000 }).toBe(0);
    expect(await client.call(named('echo'), { message: 'still here' })).toContain('still here');
  });
});

describe.each(EVERYTHING.filter(([, , path]) => path !== '/mcp'))(
  'the client %s with server-everything as %s on %s',
  (line, server, path) => {
    it('answers what the server asks, and hears of resources', async () => {
      const { client } = await connect(line, path, server);
      expect(await client.call('trigger-elicitation-request')).toContain('Ada');
      expect(await client.call('trigger-sampling-request', { prompt: 'x', maxTokens: 10 })).toContain('sampled');
      expect(await client.call('get-roots-list')).toContain('file:///work');
      await client.subscribe('demo://resource/dynamic/text/1');
      await client.call('toggle-subscriber-updates');
      await expect
        .poll(() => client.heard, { timeout: 10_000 })
        .toContainEqual(
          expect.objectContaining({
            method: 'notifications/resources/updated',
            params: { uri: 'demo://resource/dynamic/text/1' },
          }),
        );
    });
  },
);

describe.each(['v1', 'v2 legacy'] as const)('the client %s with all servers on /mcp', (line) => {
  it('hears of a resource of a server that it called after it opened its stream', async () => {
    const { client, named } = await connect(line, '/mcp', 'everything');
    await client.subscribe('demo://resource/dynamic/text/1');
    await client.call(named('toggle-subscriber-updates'));
    await expect
      .poll(() => client.heard, { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ method: 'notifications/resources/updated' }));
  });
});

const FIXTURE = (['v1', 'v2 legacy', 'v2 modern'] as const).flatMap((line) =>
  ['/mcp', '/mcp/servers/fixture'].map((path) => [line, path] as const),
);

describe.each(FIXTURE)('the client %s with a server of both eras on %s', (line, path) => {
  it('calls, reads, prompts, completes and is asked', async () => {
    const { client, named } = await connect(line, path, 'fixture');
    expect(await client.tools()).toContain(named('test_simple_text'));
    expect(await client.prompt(named('test_simple_prompt'))).toContain('simple prompt');
    expect(await client.complete(named('test_prompt_with_arguments'), 'arg1', 'par')).toEqual([
      'paris',
      'park',
      'party',
    ]);
    expect(await client.read('test://template/7/data')).toContain('Data for ID: 7');
    const progress: number[] = [];
    await client.call(
      named('test_tool_with_progress'),
      {},
      { onprogress: (step) => void progress.push(step.progress) },
    );
    expect(progress.length).toBeGreaterThan(1);
    if (line === 'v2 modern') {
      expect(await client.call(named('test_input_required_result_multiple_inputs'))).toContain('state-ok');
      expect(await client.call(named('test_input_required_result_elicitation'))).toContain('Hello, Ada!');
    } else {
      expect(await client.call(named('test_elicitation'), { message: 'who?' })).toContain('ada');
      expect(await client.call(named('test_sampling'), { prompt: 'x' })).toContain('sampled');
    }
  });
});

describe.each(['v1', 'v2 legacy'] as const)('the client %s with a server that restarts', (line) => {
  it('on /mcp goes on calling, and is told when tools changed', async () => {
    const port = await freePort();
    let upstream = await startEverything('streamableHttp', { port });
    try {
      const { id } = await register(app, { name: 'restarting', endpointUrl: upstream.url });
      const { client, named } = await connect(line, '/mcp', 'restarting');
      await client.call(named('echo'), { message: 'before' });
      await upstream.close();
      upstream = await startEverything('streamableHttp', { port });
      expect(await client.call(named('echo'), { message: 'after' })).toContain('after');
      expect((await app.request('DELETE', `/api/v1/servers/${id}`)).status).toBe(204);
      await expect
        .poll(() => client.heard)
        .toContainEqual(expect.objectContaining({ method: 'notifications/tools/list_changed' }));
    } finally {
      await upstream.close();
    }
  });
});
