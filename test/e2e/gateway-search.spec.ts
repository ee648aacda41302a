import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConformanceUpstream, startConformanceUpstream } from '../conformance/upstream.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { register } from '../support/registry.js';
import { Sql } from '../support/sql.js';
import { type BodyRecorder, startBodyRecorder } from '../support/upstreams/body-recorder.js';

const PATH = '/mcp?tools=search';

let app: TestApp;
let sql: Sql;
let fixture: ConformanceUpstream;
let recording: BodyRecorder;

beforeAll(async () => {
  [app, fixture, recording] = await Promise.all([startTestApp(), startConformanceUpstream(), startBodyRecorder()]);
  sql = new Sql(app.urls.ownerUrl);
  await register(app, { name: 'fixture', endpointUrl: fixture.url });
  await register(app, { name: 'recording', endpointUrl: recording.url });
});
afterAll(async () => {
  await sql.close();
  await app.close();
  await Promise.all([fixture.close(), recording.close()]);
});

interface Connected {
  readonly client: LegacyClient | ModernClient;
  readonly asked: string[];
}

async function legacy(path = PATH): Promise<Connected & { readonly transport: LegacyTransport }> {
  const asked: string[] = [];
  const client = new LegacyClient({ name: 'test', version: '1.0.0' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params.message);
    return { action: 'accept', content: { username: 'ada', email: 'ada@example.com' } };
  });
  const transport = new LegacyTransport(new URL(app.url + path));
  await client.connect(transport);
  return { client, asked, transport };
}

async function modern(path = PATH): Promise<Connected> {
  const asked: string[] = [];
  const client = new ModernClient(
    { name: 'test', version: '1.0.0' },
    { capabilities: { elicitation: {} }, versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  client.setRequestHandler('elicitation/create', ({ params }) => {
    asked.push(params.message);
    return { action: 'accept', content: { name: 'Ada' } };
  });
  await client.connect(new ModernTransport(new URL(app.url + path)));
  return { client, asked };
}

type Answer = { content: { type: string; text: string }[]; structuredContent?: { tools: { name: string }[] } };

/** `callTool` of either SDK. */
function callAny({ client }: Connected, name: string, args: Record<string, unknown>): Promise<Answer> {
  return client.callTool({ name, arguments: args }) as Promise<Answer>;
}

describe.each([
  ['legacy', legacy],
  ['modern', modern],
])('a %s client of /mcp?tools=search', (era, connect) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await connect();
  });
  afterAll(() => connected.client.close());

  it('sees two tools, with words for a model about every argument', async () => {
    const { tools, nextCursor } = await connected.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['find_tools', 'call_tool']);
    expect(nextCursor).toBeUndefined();
    for (const { description, inputSchema } of tools) {
      expect(description?.length).toBeGreaterThan(50);
      for (const property of Object.values(inputSchema.properties ?? {})) {
        expect(property).toMatchObject({ description: expect.stringMatching(/.{30}/) });
      }
    }
    expect(connected.client.getInstructions()).toContain('find_tools');
    expect(connected.client.getServerCapabilities()?.tools).toEqual({});
  });

  it('finds tools by what they do, best first, with their whole definitions under exposed names', async () => {
    const { content, structuredContent } = await callAny(connected, 'find_tools', { query: 'say back a message' });
    expect(structuredContent?.tools[0]).toMatchObject({
      name: 'recording__echo',
      description: 'Says back what it is told',
      inputSchema: { type: 'object', required: ['message'] },
    });
    expect(JSON.parse(content[0]?.text ?? '')).toEqual(structuredContent);
    const one = await callAny(connected, 'find_tools', { query: 'logs', limit: 1 });
    expect(one.structuredContent?.tools).toHaveLength(1);
    const none = await callAny(connected, 'find_tools', { query: 'zzzzqqqq' });
    expect(none).toMatchObject({ structuredContent: { tools: [] }, content: [{}, { text: /search again/ }] });
  });

  it.each([
    ['find_tools', {}],
    ['find_tools', { query: '' }],
    ['find_tools', { query: 'x', limit: 1000 }],
    ['call_tool', {}],
    ['call_tool', { name: 'fixture__test_simple_text', arguments: '{}' }],
    ['call_tool', { name: 'recording__echo', message: 'beside the name' }],
  ])('answers %s(%j) with an error that a model can read', async (name, args) => {
    expect(await callAny(connected, name, args)).toMatchObject({ isError: true, content: [{ type: 'text' }] });
  });

  it('calls what it found', async () => {
    expect(await callAny(connected, 'call_tool', { name: 'fixture__test_simple_text' })).toMatchObject({
      content: [{ text: 'This is a simple text response for testing.' }],
    });
    // The record is durable at the answer, and in the table a moment later.
    await expect
      .poll(
        async () => {
          const [record] = await sql.rows<Record<string, unknown>>(
            `SELECT server_name, tool_name, success, era FROM mcp_audit_log WHERE action = 'tools/call' ORDER BY timestamp DESC LIMIT 1`,
          );
          return record;
        },
        { timeout: 10_000 },
      )
      .toEqual({ server_name: 'fixture', tool_name: 'test_simple_text', success: true, era });
  });

  it.each([
    ['call_tool', { name: 'nobody__echo' }],
    ['call_tool', { name: 'call_tool', arguments: { name: 'recording__echo' } }],
    ['recording__echo', { message: 'not listed here' }],
  ])('refuses %s(%j) with -32602', async (name, args) => {
    await expect(callAny(connected, name, args)).rejects.toMatchObject({ code: -32602 });
  });

  it('hears of progress', async () => {
    const heard: number[] = [];
    const onprogress = ({ progress }: { progress: number }): unknown => heard.push(progress);
    const call = { name: 'call_tool', arguments: { name: 'fixture__test_tool_with_progress' } };
    const { client } = connected;
    if (client instanceof LegacyClient) await client.callTool(call, undefined, { onprogress });
    else await client.callTool(call, { onprogress });
    expect(heard).toEqual([0, 50, 100]);
  });

  it('is asked by the server, and its answer is used', async () => {
    const [name, args, answer] =
      era === 'legacy'
        ? ['test_elicitation', { message: 'Who are you?' }, /ada@example\.com/]
        : ['test_input_required_result_elicitation', {}, /Hello, Ada!/];
    const called = await callAny(connected, 'call_tool', { name: `fixture__${name}`, arguments: args });
    expect(called.content[0]?.text).toMatch(answer);
    expect(connected.asked).toHaveLength(1);
  });

  it('has the prompts and resources of all servers', async () => {
    const { prompts } = await connected.client.listPrompts();
    expect(prompts.map(({ name }) => name)).toContain('fixture__test_simple_prompt');
    const { resources } = await connected.client.listResources();
    expect(resources.map(({ uri }) => uri)).toContain('test://static-text');
  });
});

describe('a session opened on /mcp?tools=search', () => {
  it('keeps its two tools on /mcp, and one of /mcp its many', async () => {
    for (const [opened, used, expected] of [
      [PATH, '/mcp', 2],
      ['/mcp', PATH, 20],
    ] as const) {
      const { client, transport } = await legacy(opened);
      const headers = { 'mcp-session-id': transport.sessionId ?? '', accept: 'application/json, text/event-stream' };
      const listed = await app.request('POST', used, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, headers);
      const count = listed.body.result.tools.length;
      if (expected === 2) expect(count).toBe(2);
      else expect(count).toBeGreaterThan(expected);
      await client.close();
    }
  });
});

describe('the bytes of a call through call_tool', () => {
  it('are those of a call that names the tool itself', async () => {
    const { client, transport } = await legacy();
    const inner = '{ "message" : "\\u00e9", "n": 1.0, "id": 12345678901234567890 }';
    const body = `{"jsonrpc":"2.0","id":"a\\u0062","method":"tools/call","params":{"name":"call_tool","arguments":{"name":"recording__echo","arguments":${inner}},"_meta":{"progressToken":5}}}`;
    const answer = await fetch(app.url + PATH, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-session-id': transport.sessionId ?? '',
      },
      body,
    });
    expect(await answer.json()).toMatchObject({ id: 'ab', result: { content: [{ text: 'recorded' }] } });
    expect(recording.bodies.at(-1)).toBe(
      `{"jsonrpc":"2.0","id":"a\\u0062","method":"tools/call","params":{"name":"echo","arguments":${inner},"_meta":{"progressToken":5}}}`,
    );
    await client.close();
  });

  it('are refused where the inner call names a member twice', async () => {
    const { client, transport } = await legacy();
    const answer = await fetch(app.url + PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'mcp-session-id': transport.sessionId ?? '' },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call_tool","arguments":{"name":"recording__echo","name":"recording__wait"}}}',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: -32600 } });
    await client.close();
  });

  it('carry the headers that a modern tool asks for, made from the inner arguments', async () => {
    const { client } = await modern();
    const called = await client.callTool({
      name: 'call_tool',
      arguments: { name: 'fixture__test_custom_headers', arguments: { region: 'eu', priority: 3 } },
    });
    expect(called).toMatchObject({ content: [{ text: '{"region":"eu","priority":3}' }] });
    await client.close();
  });

  it('need Mcp-Name: call_tool from a modern client', async () => {
    const answer = await app.request(
      'POST',
      PATH,
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name: 'call_tool',
          arguments: { name: 'fixture__test_simple_text' },
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      },
      {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'fixture__test_simple_text',
        accept: 'application/json, text/event-stream',
      },
    );
    expect(answer).toMatchObject({ status: 400, body: { id: 1, error: { code: -32020 } } });
  });
});

it('a cancellation reaches the server on which the inner call runs', async () => {
  const { client } = await legacy();
  const abort = new AbortController();
  const call = { name: 'call_tool', arguments: { name: 'recording__wait' } };
  const called = client.callTool(call, undefined, { signal: abort.signal });
  await expect.poll(() => recording.bodies.some((body) => body.includes('"name":"wait"'))).toBe(true);
  abort.abort();
  await expect(called).rejects.toThrow();
  await expect.poll(() => recording.bodies.some((body) => body.includes('notifications/cancelled'))).toBe(true);
  await client.close();
});
