import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { type UpstreamContent, upstreamContent } from './content.js';
import { legacyServer } from './legacy-server.js';
import { listen, type Upstream } from './listen.js';

export interface LegacyUpstream extends Upstream {
  readonly content: UpstreamContent;
}

export interface StatefulUpstream extends LegacyUpstream {
  /** Sessions that are open now. */
  sessions(): number;
  /** Sessions that were ever opened. */
  opened(): number;
  /** Sends `notifications/tools/list_changed` to every open session. */
  notifyToolsChanged(): Promise<void>;
  /** Sends `notifications/resources/updated` to every open session, on its own stream. */
  notifyUpdated(uri: string): Promise<void>;
  /** Ends the streams on which sessions are told of such things; clients may open them again. */
  endStreams(): void;
}

/** Speaks 2025-11-25 and before over Streamable HTTP, without sessions. */
export async function startLegacyStateless(overrides: Partial<UpstreamContent> = {}): Promise<LegacyUpstream> {
  const content = upstreamContent(overrides);
  const upstream = await listen((req, res) => {
    void answer(res, async () => {
      const server = legacyServer(content);
      const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
      res.on('close', () => void server.close());
      await server.connect(transport);
      await transport.handleRequest(req, res);
    });
  });
  return { ...upstream, content };
}

/** The same with sessions, which it counts. `refuseDelete` answers 405 to DELETE, and keeps them. */
export async function startLegacyStateful(
  overrides: Partial<UpstreamContent> = {},
  options: { readonly refuseDelete?: boolean; readonly port?: number } = {},
): Promise<StatefulUpstream> {
  const content = upstreamContent(overrides);
  const sessions = new Map<string, { transport: StreamableHTTPServerTransport; server: Server }>();
  let opened = 0;

  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const server = legacyServer(content);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => {
        opened += 1;
        sessions.set(id, { transport, server });
      },
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await server.connect(transport);
    return transport;
  };

  const upstream = await listen(
    (req: IncomingMessage, res: ServerResponse) => {
      void answer(res, async () => {
        const id = req.headers['mcp-session-id'];
        if (req.method === 'DELETE' && options.refuseDelete === true) return void res.writeHead(405).end();
        if (typeof id !== 'string') return (await open()).handleRequest(req, res);
        const session = sessions.get(id);
        if (session === undefined) return void res.writeHead(404).end();
        return session.transport.handleRequest(req, res);
      });
    },
    '/mcp',
    options.port,
  );

  return {
    ...upstream,
    content,
    sessions: () => sessions.size,
    opened: () => opened,
    notifyToolsChanged: async () => {
      await Promise.all([...sessions.values()].map(({ server }) => server.sendToolListChanged()));
    },
    notifyUpdated: async (uri) => {
      await Promise.all([...sessions.values()].map(({ server }) => server.sendResourceUpdated({ uri })));
    },
    endStreams: () => {
      for (const { transport } of sessions.values()) transport.closeStandaloneSSEStream();
    },
    close: async () => {
      await Promise.all([...sessions.values()].map(({ server }) => server.close()));
      await upstream.close();
    },
  };
}

async function answer(res: ServerResponse, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!res.headersSent) res.writeHead(500);
    res.end(String(error));
  }
}
