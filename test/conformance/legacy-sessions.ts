import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import type { McpServer } from '@modelcontextprotocol/server';
import { BoundedEventStore } from './event-store.js';
import { fixtureServer } from './fixture-server.js';
import type { FixtureState } from './fixture-state.js';
import { sendRpcError } from './rpc-error.js';

/** Where a client that lost its stream should wait before it comes back. */
const RETRY_MS = 500;

/** The revisions before 2026-07-28: one server per session, resumable streams. */
export class LegacySessions {
  readonly #sessions = new Map<string, { transport: NodeStreamableHTTPServerTransport; server: McpServer }>();

  constructor(private readonly state: FixtureState) {
    state.listen({
      toolsChanged: () => this.#each((server) => server.server.sendToolListChanged()),
      promptsChanged: () => this.#each((server) => server.server.sendPromptListChanged()),
    });
  }

  async handle(req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> {
    const id = req.headers['mcp-session-id'];
    if (typeof id === 'string') {
      const session = this.#sessions.get(id);
      if (session === undefined) return sendRpcError(res, 404, -32001, 'Session not found');
      return session.transport.handleRequest(req, res, body);
    }
    const isInitialize = typeof body === 'object' && body !== null && 'method' in body && body.method === 'initialize';
    if (!isInitialize) return sendRpcError(res, 400, -32000, 'Bad Request: Mcp-Session-Id header is required');
    return (await this.#open()).handleRequest(req, res, body);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ server }) => server.close()));
  }

  async #open(): Promise<NodeStreamableHTTPServerTransport> {
    const server = fixtureServer(this.state);
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      eventStore: new BoundedEventStore(),
      retryInterval: RETRY_MS,
      onsessioninitialized: (id) => void this.#sessions.set(id, { transport, server }),
      onsessionclosed: (id) => void this.#sessions.delete(id),
    });
    await server.connect(transport);
    return transport;
  }

  #each(tell: (server: McpServer) => Promise<void>): void {
    // A session whose stream is gone learns of it when it lists again.
    for (const { server } of this.#sessions.values()) tell(server).catch(() => undefined);
  }
}
