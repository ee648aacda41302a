import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError, messageOf } from '../../../kernel/app-error.js';
import { SseDecoder } from '../../../mcp/sse-decoder.js';
import { encodeSseMessage } from '../../../mcp/sse-encoder.js';
import { RouteTable } from '../catalogue/route-table.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import type { Exchange } from '../endpoint/exchange.js';
import { isEventStream, type Rewrite, rewritten, startEventStream, write } from '../forward/relay.js';
import { isSearch } from '../own-answers.js';
import { UpstreamClient } from '../forward/upstream-client.js';
import type { ClientSession } from '../sessions/client-session.js';
import { ServerRequests } from '../sessions/server-requests.js';
import { SESSION_STORE, type SessionStore } from '../sessions/session-store.js';
import { upstreamHeaders, UpstreamSessions } from '../sessions/upstream-sessions.js';
import { StreamHub } from './stream-hub.js';

const LIST_CHANGED = Buffer.from('list_changed"');

/** The GET stream of a legacy session: what its upstreams say on theirs, and list changes of our own. */
@Injectable()
export class LegacyStreams {
  readonly #log = new Logger(LegacyStreams.name);

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    private readonly hub: StreamHub,
    private readonly routes: RouteTable,
    private readonly upstreams: UpstreamSessions,
    private readonly serverRequests: ServerRequests,
    private readonly client: UpstreamClient,
  ) {}

  async open(exchange: Exchange, session: ClientSession): Promise<void> {
    const lease = this.store.open(session, 'stream');
    if (!lease)
      throw new AppError('not_found', 'mcp.session_unknown', 'The session ended meanwhile: initialise again.');
    const { target, reply } = exchange;
    const lastEventId = exchange.request.headers['last-event-id'];
    exchange.signal.addEventListener('abort', () => {
      lease.close();
    });
    startEventStream(reply, { 'mcp-session-id': session.id });
    this.hub.join({
      reply,
      scope: exchange.scope,
      serverId: target.kind === 'server' ? target.server.id : undefined,
      onListChanged: (kinds) => {
        for (const kind of kinds) {
          if (kind === 'tools' && isSearch(exchange.target)) continue;
          const message = { jsonrpc: '2.0', method: `notifications/${kind}/list_changed` };
          reply.raw.write(encodeSseMessage(Buffer.from(JSON.stringify(message))));
        }
      },
      onEnd: () => reply.raw.end(),
    });
    if (target.kind === 'server') {
      // Event ids on this stream are the upstream's, so its end is ours: the client resumes there.
      await this.#follow(
        exchange,
        session,
        target.server,
        undefined,
        typeof lastEventId === 'string' ? lastEventId : undefined,
      );
      return;
    }
    await Promise.all(
      [...session.upstreamSessions.keys()].map(async (serverId) => {
        const server = this.routes.byId(exchange.scope, serverId);
        const rewrite: Rewrite = (data) => this.serverRequests.outward(session, serverId, data);
        if (server) await this.#follow(exchange, session, server, rewrite);
      }),
    );
  }

  /** Relays an upstream's own stream for as long as both sides keep it; one that has none adds nothing. */
  async #follow(
    exchange: Exchange,
    session: ClientSession,
    server: RoutedServer,
    rewrite?: Rewrite,
    lastEventId?: string,
  ): Promise<void> {
    try {
      if ((server.eras.legacy?.length ?? 0) === 0) return;
      const upstream = await this.upstreams.of(session, server);
      const { accept: _accept, 'content-type': _type, ...headers } = upstreamHeaders(upstream);
      const answer = await this.client.request(server, {
        method: 'GET',
        headers: {
          ...headers,
          accept: 'text/event-stream',
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
        signal: exchange.signal,
      });
      if (answer.statusCode !== 200 || !isEventStream(answer)) {
        await answer.body.dump();
        return;
      }
      const decoder = new SseDecoder();
      for await (const chunk of answer.body) {
        for (const frame of decoder.push(chunk)) {
          const out = rewritten(frame, (data) => (data.includes(LIST_CHANGED) ? undefined : (rewrite?.(data) ?? data)));
          if (out) await write(exchange.reply, out);
        }
      }
      if (exchange.target.kind === 'server') exchange.reply.raw.end();
    } catch (error) {
      if (!exchange.signal.aborted) this.#log.debug(`The stream of ${server.name} ended: ${messageOf(error)}`);
    }
  }
}
