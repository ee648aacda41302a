import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { type UpstreamContent, upstreamContent } from './content.js';
import { legacyServer } from './legacy-server.js';
import { listen, type Upstream } from './listen.js';

export interface SseUpstream extends Upstream {
  readonly content: UpstreamContent;
  /** Streams that are open now. */
  sessions(): number;
}

/**
 * HTTP with SSE as 2024-11-05 has it: GET `/sse` is the stream, POST `/messages` takes requests.
 * `announce` sends `notifications/tools/list_changed` as soon as a client is initialized.
 */
export async function startSse(
  overrides: Partial<UpstreamContent> = {},
  options: { readonly announce?: boolean } = {},
): Promise<SseUpstream> {
  const content = upstreamContent(overrides);
  const sessions = new Map<string, { transport: SSEServerTransport; server: Server }>();
  const upstream = await listen((req, res) => {
    const url = new URL(req.url ?? '/', 'http://127.0.0.1');
    if (req.method === 'GET' && url.pathname === '/sse') {
      const transport = new SSEServerTransport('/messages', res);
      const server = legacyServer(content);
      sessions.set(transport.sessionId, { transport, server });
      res.on('close', () => void sessions.delete(transport.sessionId));
      server.oninitialized = (): void => {
        if (options.announce === true) void server.sendToolListChanged();
      };
      void server.connect(transport);
      return;
    }
    const session = sessions.get(url.searchParams.get('sessionId') ?? '');
    if (req.method === 'POST' && session !== undefined) void session.transport.handlePostMessage(req, res);
    else res.writeHead(404).end();
  }, '/sse');
  return {
    ...upstream,
    content,
    sessions: () => sessions.size,
    close: async () => {
      await Promise.all([...sessions.values()].map(({ server }) => server.close()));
      await upstream.close();
    },
  };
}
