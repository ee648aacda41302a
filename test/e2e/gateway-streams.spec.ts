import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { register } from '../support/registry.js';
import { ECHO_TOOL } from '../support/upstreams/content.js';
import { startModernOnly } from '../support/upstreams/modern.js';
import { startLegacyStateful, type StatefulUpstream } from '../support/upstreams/legacy.js';

interface Connected {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
  /** URIs that were said to have changed, in order. */
  readonly updated: string[];
}

/** Opens the session with that server, after the client's stream. */
async function use(client: Client, server: string): Promise<void> {
  await client.callTool({ name: `${server}__echo`, arguments: { message: 'hi' } });
}

describe('the GET stream of a session on /mcp', () => {
  let app: TestApp;
  let first: StatefulUpstream;
  let second: StatefulUpstream;

  beforeAll(async () => {
    [app, first, second] = await Promise.all([startTestApp(), startLegacyStateful(), startLegacyStateful()]);
    await register(app, { name: 'first', endpointUrl: first.url });
    await register(app, { name: 'second', endpointUrl: second.url });
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([first.close(), second.close()]);
  });

  async function connect(): Promise<Connected> {
    const updated: string[] = [];
    const client = new Client({ name: 'test', version: '1.0.0' });
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void updated.push(params.uri));
    const transport = new StreamableHTTPClientTransport(new URL(`${app.url}/mcp`));
    await client.connect(transport);
    return { client, transport, updated };
  }

  /** Raw: what comes on one more stream of the session. */
  async function openStream({ transport }: Connected, heard: string[]): Promise<AbortController> {
    const abort = new AbortController();
    const answer = await fetch(`${app.url}/mcp`, {
      headers: { accept: 'text/event-stream', 'mcp-session-id': transport.sessionId ?? '' },
      signal: abort.signal,
    });
    const read = async (): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const chunk of answer.body ?? []) heard.push(decoder.decode(chunk as Uint8Array));
      heard.push('END');
    };
    read().catch(() => undefined);
    return abort;
  }

  it('carries what servers say whose session is opened after the stream', async () => {
    const { client, updated } = await connect();
    await use(client, 'first');
    await first.notifyUpdated('test://one');
    await expect.poll(() => updated).toEqual(['test://one']);
    await use(client, 'second');
    await second.notifyUpdated('test://two');
    await first.notifyUpdated('test://three');
    await expect.poll(() => updated).toHaveLength(3);
    expect(new Set(updated)).toEqual(new Set(['test://one', 'test://two', 'test://three']));
    await client.close();
  });

  it('goes on when a server ended its stream and opens it again', async () => {
    const { client, updated } = await connect();
    await use(client, 'first');
    first.endStreams();
    await expect
      .poll(
        async () => {
          await first.notifyUpdated('test://again');
          return updated.length;
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(0);
    await client.close();
  });

  it('goes on when a server forgot the session and a call opened another', async () => {
    const port = Number(new URL(second.url).port);
    const { client, updated } = await connect();
    await use(client, 'second');
    await second.close();
    second = await startLegacyStateful({}, { port });
    await use(client, 'second');
    await second.notifyUpdated('test://new-session');
    await expect.poll(() => updated).toEqual(['test://new-session']);
    await client.close();
  });

  it('is the newest one where a session has several, and the one before when that ends', async () => {
    const connected = await connect();
    await use(connected.client, 'first');
    const heard: string[] = [];
    const abort = await openStream(connected, heard);
    await expect
      .poll(
        async () => {
          await first.notifyUpdated('test://newest');
          return heard.join('');
        },
        { timeout: 10_000 },
      )
      .toContain('test://newest');
    expect(connected.updated).not.toContain('test://newest');
    abort.abort();
    await expect
      .poll(
        async () => {
          await first.notifyUpdated('test://back');
          return connected.updated.length;
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(0);
    await connected.client.close();
  });

  it('ends with its session', async () => {
    const connected = await connect();
    const heard: string[] = [];
    await openStream(connected, heard);
    await connected.transport.terminateSession();
    await expect.poll(() => heard).toContain('END');
    await connected.client.close();
  });
});

describe('a server that says that its tools changed', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());
  const added = { ...ECHO_TOOL, name: 'added' };

  it.each([
    ['/mcp', 'one', 'one__'],
    ['/mcp/servers/two', 'two', ''],
  ])('is read anew, and a legacy client on %s is told once its list has them', async (path, name, prefix) => {
    const upstream = await startLegacyStateful();
    await register(app, { name, endpointUrl: upstream.url });
    const client = new Client({ name: 'test', version: '1.0.0' });
    let lists: Promise<readonly string[]>[] = [];
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      lists = [...lists, client.listTools().then(({ tools }) => tools.map((tool) => tool.name))];
    });
    await client.connect(new StreamableHTTPClientTransport(new URL(app.url + path)));
    await client.callTool({ name: `${prefix}echo`, arguments: { message: 'hi' } });
    upstream.content.tools = [...upstream.content.tools, added];
    await upstream.notifyToolsChanged();
    // The registration itself may have been told of before; what it is told last, its list has.
    await expect.poll(async () => (await Promise.all(lists)).at(-1), { timeout: 10_000 }).toContain(`${prefix}added`);
    await client.close();
    await upstream.close();
  });

  it('is read anew while a modern client listens to it', async () => {
    const upstream = await startModernOnly();
    await register(app, { name: 'modern', endpointUrl: upstream.url });
    const client = new ModernClient(
      { name: 'test', version: '1.0.0' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    let lists: Promise<readonly string[]>[] = [];
    client.setNotificationHandler('notifications/tools/list_changed', () => {
      lists = [...lists, client.listTools().then(({ tools }) => tools.map(({ name }) => name))];
    });
    await client.connect(new ModernTransport(new URL(`${app.url}/mcp/servers/modern`)));
    await client.listen({ toolsListChanged: true });
    upstream.content.tools = [...upstream.content.tools, added];
    await expect
      .poll(
        async () => {
          upstream.notifyToolsChanged();
          return (await Promise.all(lists)).at(-1);
        },
        { timeout: 10_000 },
      )
      .toContain('added');
    await client.close();
    await upstream.close();
  });
});
