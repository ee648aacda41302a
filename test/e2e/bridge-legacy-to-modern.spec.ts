import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startConformanceUpstream } from '../conformance/upstream.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type ClientAnswers, type ClientLine, connectClient, type RealClient } from '../support/real-clients.js';
import { register } from '../support/registry.js';
import { type AskingUpstream, startModernAsking, WATCHED } from '../support/upstreams/modern-asking.js';

const closers: (() => Promise<void>)[] = [];
const clients: RealClient[] = [];

let app: TestApp;
let asking: AskingUpstream;
beforeAll(async () => {
  const [started, fixture, other] = await Promise.all([
    startTestApp(),
    startConformanceUpstream('modern'),
    startModernAsking(),
  ]);
  [app, asking] = [started, other];
  closers.push(
    () => app.close(),
    () => fixture.close(),
    () => other.close(),
  );
  await register(app, { name: 'fixture', endpointUrl: fixture.url });
  await register(app, { name: 'asking', endpointUrl: asking.url });
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});
afterAll(async () => {
  for (const close of closers) await close();
});

interface Connected {
  readonly client: RealClient;
  /** A tool or prompt of the server as this endpoint names it. */
  readonly named: (name: string) => string;
}

async function connect(line: ClientLine, path: string, answers?: ClientAnswers): Promise<Connected> {
  const client = await connectClient(line, app.url + path, answers);
  clients.push(client);
  const server = path.split('/').at(-1) === 'fixture' ? 'fixture' : 'asking';
  return { client, named: (name) => (path === '/mcp' ? `${server}__${name}` : name) };
}

async function activeRequests(): Promise<number> {
  const { items } = (await app.request('GET', '/api/v1/router/metrics')).body;
  return items.find((item: { server: { name: string } }) => item.server.name === 'asking')?.activeRequests ?? 0;
}

const LINES = ['v1', 'v2 legacy'] as const;
const PAIRS = LINES.flatMap((line) => ['/mcp', '/mcp/servers/asking'].map((path) => [line, path] as const));

describe.each(LINES)('the client %s with the conformance server of 2026-07-28 alone', (line) => {
  it('calls, reads, prompts, completes and hears of progress', async () => {
    const { client } = await connect(line, '/mcp/servers/fixture');
    expect(await client.tools()).toContain('test_simple_text');
    expect(await client.call('test_simple_text')).toContain('simple text');
    expect(await client.prompt('test_simple_prompt')).toContain('simple prompt');
    expect(await client.complete('test_prompt_with_arguments', 'arg1', 'par')).toEqual(['paris', 'park', 'party']);
    expect(await client.read('test://template/7/data')).toContain('Data for ID: 7');
    const progress: number[] = [];
    await client.call('test_tool_with_progress', {}, { onprogress: (step) => void progress.push(step.progress) });
    expect(progress).toEqual([0, 50, 100]);
    expect(await client.call('test_error_handling')).toContain('intentionally returns an error');
  });

  it('answers what the server asks, one thing, several at once, and in rounds', async () => {
    const { client } = await connect(line, '/mcp/servers/fixture');
    expect(await client.call('test_input_required_result_elicitation')).toContain('Hello, Ada!');
    expect(await client.call('test_input_required_result_sampling')).toContain('sampled');
    expect(await client.call('test_input_required_result_list_roots')).toContain('file:///work');
    expect(await client.call('test_input_required_result_multiple_inputs')).toContain('state-ok');
    expect(await client.call('test_input_required_result_multi_round')).toContain('done');
    expect(await client.prompt('test_input_required_result_prompt')).toContain('Context');
  });

  it('gets an error for what the server asks and the client cannot answer', async () => {
    const { client } = await connect(line, '/mcp/servers/fixture', { capabilities: {} });
    await expect(client.call('test_input_required_result_sampling')).rejects.toThrow(/sampling/);
  });

  it('does the same on /mcp', async () => {
    const client = await connectClient(line, `${app.url}/mcp`);
    clients.push(client);
    expect(await client.call('fixture__test_input_required_result_multiple_inputs')).toContain('state-ok');
    expect(await client.prompt('fixture__test_simple_prompt')).toContain('simple prompt');
    expect(await client.complete('fixture__test_prompt_with_arguments', 'arg1', 'par')).toContain('paris');
    expect(await client.read('test://static-text')).toContain('static text');
  });

  it('does the same behind the search', async () => {
    const client = await connectClient(line, `${app.url}/mcp?tools=search`);
    clients.push(client);
    const args = { name: 'fixture__test_input_required_result_elicitation', arguments: {} };
    expect(await client.call('call_tool', args)).toContain('Hello, Ada!');
  });
});

describe.each(PAIRS)('the client %s with a server of 2026-07-28 alone on %s', (line, path) => {
  it('declines, cancels and fails to answer a form', async () => {
    const cancelled = { action: 'cancel' as const };
    for (const [elicit, expected] of [
      [() => ({ action: 'decline' as const }), 'decline'],
      [() => cancelled, 'cancel'],
      [() => Promise.reject(new Error('no form here')), 'cancel'],
    ] as const) {
      const { client, named } = await connect(line, path, { elicit });
      expect(await client.call(named('ask'))).toContain(expected);
    }
  });

  it('is sent to a URL, with an id of its revision', async () => {
    const asked: unknown[] = [];
    const elicit = (params: unknown) => {
      asked.push(params);
      return { action: 'accept' as const };
    };
    const { client, named } = await connect(line, path, { capabilities: { elicitation: { url: {} } }, elicit });
    expect(await client.call(named('ask_by_url'))).toContain('accept');
    expect(asked).toEqual([
      expect.objectContaining({ mode: 'url', url: 'https://example.org/sign-in', elicitationId: expect.any(String) }),
    ]);
  });

  it('cancels while it is asked: the call ends, and nothing is left of it', async () => {
    let abort = new AbortController();
    const elicit = () => {
      abort.abort();
      return new Promise<never>(() => undefined);
    };
    const { client, named } = await connect(line, path, { elicit });
    await expect(client.call(named('ask'), {}, { signal: abort.signal })).rejects.toThrow();
    abort = new AbortController();
    await expect.poll(activeRequests).toBe(0);
    expect(await client.tools()).toContain(named('ask'));
  });

  it('cancels a call that runs: the server is told', async () => {
    const { client, named } = await connect(line, path);
    const abort = new AbortController();
    const call = client.call(named('slow'), {}, { onprogress: () => abort.abort(), signal: abort.signal });
    await expect(call).rejects.toThrow();
    await expect.poll(() => asking.running(), { timeout: 5000 }).toBe(0);
    await expect.poll(activeRequests).toBe(0);
  });

  it('is asked again and again, within a bound', async () => {
    let asked = 0;
    const elicit = () => {
      asked += 1;
      return { action: 'decline' as const };
    };
    const { client, named } = await connect(line, path, { elicit });
    await expect(client.call(named('ask_for_ever'))).rejects.toThrow(/20 times/);
    expect(asked).toBe(20);
  });

  it('waits for a server that wants to be asked again later', async () => {
    const { client, named } = await connect(line, path);
    expect(await client.call(named('later'))).toContain('later');
  });

  it('hears log messages once it has set a level, and from that level on', async () => {
    const { client, named } = await connect(line, path);
    const levels = (): unknown[] =>
      client.heard
        .filter(({ method }) => method === 'notifications/message')
        .map(({ params }) => (params as { level: string }).level);
    await client.call(named('log'));
    expect(levels()).toEqual([]);
    await client.setLevel('warning');
    await client.call(named('log'));
    expect(levels()).toEqual(['warning', 'error']);
  });

  it('gets an array as the object that its revision wants, and the schema for that', async () => {
    const { client, named } = await connect(line, path);
    // The client checks the one against the other.
    expect(await client.tools()).toContain(named('numbers'));
    expect(await client.structured(named('numbers'))).toEqual({ result: [1, 2] });
  });

  it('has the headers made that a tool wants', async () => {
    const { client, named } = await connect(line, path);
    expect(await client.call(named('in_region'), { region: 'eu wést' })).toContain('eu wést');
    expect(asking.headers.at(-1)).toMatchObject({
      'mcp-method': 'tools/call',
      'mcp-name': 'in_region',
      'mcp-protocol-version': '2026-07-28',
      'mcp-param-region': `=?base64?${Buffer.from('eu wést').toString('base64')}?=`,
    });
  });

  it('subscribes to resources, while it has a stream', async () => {
    const { client, named } = await connect(line, path);
    const updates = (): number =>
      client.heard.filter(({ method }) => method === 'notifications/resources/updated').length;
    // On the endpoint of one server its lists are listened to all the time, on the other from its first call on.
    const lists = path === '/mcp' ? 0 : 1;
    await expect.poll(() => asking.listening()).toBe(lists);
    await client.subscribe(WATCHED);
    await expect.poll(() => asking.listening()).toBe(lists + 1);
    await expect
      .poll(() => {
        asking.resourceUpdated(WATCHED);
        return client.heard;
      })
      .toContainEqual(
        expect.objectContaining({
          method: 'notifications/resources/updated',
          params: expect.objectContaining({ uri: WATCHED }),
        }),
      );
    await client.unsubscribe(WATCHED);
    await expect.poll(() => asking.listening()).toBe(lists);
    const heard = updates();
    asking.resourceUpdated(WATCHED);
    await client.call(named('later'));
    expect(updates()).toBe(heard);
    await client.subscribe(WATCHED);
    await expect.poll(() => asking.listening()).toBe(2);
    await clients.pop()?.close();
    await expect.poll(() => asking.listening()).toBe(0);
  });

  it('hears that the tools changed', async () => {
    // A server of its own: one server is read anew once in ten seconds at most.
    const { id, name } = await register(app, { endpointUrl: asking.url });
    const client = await connectClient(line, path === '/mcp' ? `${app.url}/mcp` : `${app.url}/mcp/servers/${name}`);
    clients.push(client);
    await client.call(path === '/mcp' ? `${name}__later` : 'later');
    await expect.poll(() => asking.listening()).toBe(1);
    asking.changeTools();
    await expect
      .poll(() => client.heard, { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ method: 'notifications/tools/list_changed' }));
    await app.request('DELETE', `/api/v1/servers/${id}`);
  });

  it('gets errors of its own revision', async () => {
    const { client, named } = await connect(line, path);
    // The second line of the SDK shows -32002 as -32602.
    await expect(client.read('test://unknown')).rejects.toMatchObject({ code: line === 'v1' ? -32002 : -32602 });
    await expect(client.read('test://unknown')).rejects.toThrow(/not found/i);
    await expect(client.call(named('unknown'))).rejects.toMatchObject({ code: -32602 });
  });
});
