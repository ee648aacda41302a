import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startConformanceUpstream } from '../conformance/upstream.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type ClientLine, connectClient, type RealClient } from '../support/real-clients.js';
import { register } from '../support/registry.js';

const closers: (() => Promise<void>)[] = [];
const clients: RealClient[] = [];

let app: TestApp;
beforeAll(async () => {
  const [started, fixture] = await Promise.all([startTestApp(), startConformanceUpstream('modern')]);
  app = started;
  closers.push(
    () => app.close(),
    () => fixture.close(),
  );
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

const PAIRS = (['v1', 'v2 legacy'] as const).flatMap((line) =>
  ['/mcp', '/mcp/servers/fixture'].map((path) => [line, path] as const),
);

describe.each(PAIRS)('the client %s with a server of 2026-07-28 alone on %s', (line, path) => {
  it('calls, reads, prompts, completes and hears of progress', async () => {
    const { client, named } = await connect(line, path, 'fixture');
    expect(await client.tools()).toContain(named('test_simple_text'));
    expect(await client.call(named('test_simple_text'))).toContain('simple text');
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
    expect(progress).toEqual([0, 50, 100]);
  });

  it('answers what the server asks', async () => {
    const { client, named } = await connect(line, path, 'fixture');
    expect(await client.call(named('test_input_required_result_elicitation'))).toContain('Hello, Ada!');
    expect(await client.call(named('test_input_required_result_multiple_inputs'))).toContain('state-ok');
    expect(await client.call(named('test_input_required_result_multi_round'))).toContain('done');
    expect(await client.prompt(named('test_input_required_result_prompt'))).toContain('Context');
  });
});
