import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ListToolsResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseAccess } from '../../src/database/database-access.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { register } from '../support/registry.js';
import { type Definition, ECHO_TOOL } from '../support/upstreams/content.js';
import { type ModernUpstream, startDualEra } from '../support/upstreams/modern.js';

const COUNT = 2200;

function tool(i: number): Definition {
  return { name: `tool-${String(i).padStart(5, '0')}`, description: 'One of many', inputSchema: { type: 'object' } };
}

/** Not in the order of names. */
function tools(): Definition[] {
  return Array.from({ length: COUNT }, (_tool, i) => tool((i * 7) % COUNT));
}

let app: TestApp;
let many: ModernUpstream;
let few: ModernUpstream;
let id: string;

beforeAll(async () => {
  [app, many, few] = await Promise.all([
    startTestApp(),
    startDualEra({ tools: tools() }),
    startDualEra({ tools: [ECHO_TOOL] }),
  ]);
  ({ id } = await register(app, { name: 'many', endpointUrl: many.url }));
  await register(app, { name: 'zfew', endpointUrl: few.url });
});
afterAll(async () => {
  await app.close();
  await Promise.all([many.close(), few.close()]);
});

async function legacy(path: string): Promise<LegacyClient> {
  const client = new LegacyClient({ name: 'test', version: '1.0.0' });
  await client.connect(new LegacyTransport(new URL(app.url + path)));
  return client;
}

async function modern(path: string): Promise<ModernClient> {
  const client = new ModernClient(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  await client.connect(new ModernTransport(new URL(app.url + path)));
  return client;
}

interface Page {
  readonly names: readonly string[];
  readonly nextCursor: string | undefined;
}

/** One page as it comes: some clients of the SDK read all pages by themselves. */
async function page(client: LegacyClient | ModernClient, cursor: string | undefined): Promise<Page> {
  const request = { method: 'tools/list' as const, params: cursor === undefined ? {} : { cursor } };
  const result =
    client instanceof LegacyClient
      ? await client.request(request, ListToolsResultSchema)
      : await client.request(request);
  const { tools: listed, nextCursor } = result as { tools: { name: string }[]; nextCursor?: string };
  return { names: listed.map(({ name }) => name.replace('many__', '')), nextCursor };
}

describe.each([
  ['legacy', '/mcp', legacy],
  ['legacy', '/mcp/servers/many', legacy],
  ['modern', '/mcp', modern],
  ['modern', '/mcp/servers/many', modern],
])('the list of tools for a %s client on %s', (_era, path, connect) => {
  let client: LegacyClient | ModernClient;
  beforeEach(async () => {
    client = await connect(path);
  });
  afterEach(async () => {
    await client.close();
    many.content.tools = tools();
    await app.request('POST', `/api/v1/servers/${id}/probe`);
  });

  it('has each tool once that is there all the time, though others come and go between its pages', async () => {
    const first = await page(client, undefined);
    expect(first.names).toHaveLength(1000);
    // Before the cursor and at it some vanish and one is new; so behind it.
    const gone = new Set([...first.names.slice(0, 10), first.names[999], 'tool-02000']);
    many.content.tools = [
      ...tools().filter(({ name }) => !gone.has(String(name))),
      { ...tool(0), name: 'tool-00000-new' },
      { ...tool(0), name: 'tool-02050-new' },
    ];
    expect((await app.request('POST', `/api/v1/servers/${id}/probe`)).status).toBe(200);

    const second = await page(client, first.nextCursor);
    const third = await page(client, second.nextCursor);
    expect(third.nextCursor).toBeUndefined();
    const rest = [...second.names, ...third.names].filter((name) => name !== 'zfew__echo');
    const all = [...first.names, ...rest];
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(all.toSorted());
    const stayed = tools()
      .map(({ name }) => String(name))
      .filter((name) => !gone.has(name));
    expect(all).toEqual(expect.arrayContaining(stayed));
    expect(rest).toContain('tool-02050-new');
    expect(rest).not.toContain('tool-02000');
  });
});

it('a cursor of one list is none of another', async () => {
  const client = await legacy('/mcp');
  const { nextCursor } = await page(client, undefined);
  await client.close();
  const other = await legacy('/mcp/servers/many');
  await expect(page(other, nextCursor)).rejects.toMatchObject({ code: -32602 });
  await other.close();
});

describe('a cold aggregate of many servers', () => {
  let cold: TestApp;
  const SERVERS = 20;
  beforeAll(async () => {
    const names = Array.from({ length: SERVERS }, (_server, i) => `small-${String(i)}`);
    await Promise.all(names.map((name) => register(app, { name, endpointUrl: few.url })));
    cold = await startTestApp({ urls: app.urls });
  });
  afterAll(() => cold.close());

  it('is read in few queries, however many ask at once', async () => {
    const query = vi.spyOn(cold.app.get(DatabaseAccess), 'query');
    const clients = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const client = new LegacyClient({ name: 'test', version: '1.0.0' });
        await client.connect(new LegacyTransport(new URL(`${cold.url}/mcp`)));
        return client;
      }),
    );
    const reads = (name: string): number =>
      query.mock.calls.filter(([sql]) => sql.startsWith(`/* catalogue.${name}`)).length;
    expect(reads('names')).toBe(0);
    const pages = await Promise.all(clients.map((client) => client.listPrompts()));
    expect(pages.map(({ prompts }) => prompts.length)).toEqual(clients.map(() => SERVERS + 2));
    expect(reads('names')).toBe(1);
    // 22 servers, 16 at a time.
    expect([reads('tools'), reads('prompts'), reads('resources')]).toEqual([2, 2, 2]);
    await Promise.all(clients.map((client) => client.listPrompts()));
    await clients[0]?.callTool({ name: 'zfew__echo', arguments: { message: 'warm' } });
    expect([reads('names'), reads('tools')]).toEqual([1, 2]);
    await Promise.all(clients.map((client) => client.close()));
  });
});
