import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError, messageOf } from '../../../kernel/app-error.js';
import { encodeSseMessage } from '../../../mcp/sse-encoder.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { ModernStreams } from '../bridge/legacy-to-modern/modern-streams.js';
import type { Exchange } from '../endpoint/exchange.js';
import type { Outlet } from '../endpoint/outlet.js';
import { EVENT_STREAM_HEADERS } from '../forward/relay.js';
import { isSearch } from '../own-answers.js';
import { DistantStreams } from '../replicas/distant-streams.js';
import type { ClientSession } from '../sessions/client-session.js';
import { SESSION_STORE, type SessionStore } from '../sessions/session-store.js';
import { UpstreamSessions } from '../sessions/upstream-sessions.js';
import { AggregateStreams } from './aggregate-streams.js';
import { reopening } from './reopening.js';
import { StreamHub } from './stream-hub.js';
import { UpstreamStream } from './upstream-stream.js';

/** The GET stream of a legacy session: what its upstreams say on theirs, and list changes of our own. */
@Injectable()
export class LegacyStreams {
  readonly #log = new Logger(LegacyStreams.name);
  readonly #open = new Map<ClientSession, Set<Outlet>>();

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    private readonly hub: StreamHub,
    private readonly upstreams: UpstreamSessions,
    private readonly upstreamStream: UpstreamStream,
    private readonly aggregate: AggregateStreams,
    private readonly distant: DistantStreams,
    private readonly modern: ModernStreams,
  ) {
    store.onClose((session) => {
      for (const outlet of this.#open.get(session) ?? []) outlet.end();
    });
  }

  async open(exchange: Exchange, session: ClientSession): Promise<void> {
    // Nobody would tell of the end of what has ended already.
    if (exchange.signal.aborted) return;
    const lease = this.store.open(session, 'stream');
    if (!lease)
      throw new AppError('not_found', 'mcp.session_unknown', 'The session ended meanwhile: initialise again.');
    const { target, outlet } = exchange;
    exchange.signal.addEventListener('abort', () => {
      lease.close();
    });
    this.hub.join({
      outlet,
      scope: exchange.scope,
      serverId: target.kind === 'server' ? target.server.id : undefined,
      onListChanged: (kinds) => {
        for (const kind of kinds) {
          if (kind === 'tools' && isSearch(exchange.target)) continue;
          const message = { jsonrpc: '2.0', method: `notifications/${kind}/list_changed` };
          void outlet.write(encodeSseMessage(Buffer.from(JSON.stringify(message))));
        }
      },
      onEnd: () => outlet.end(),
    });
    outlet.start(200, { ...EVENT_STREAM_HEADERS, 'mcp-session-id': session.id });
    this.#keep(session, outlet);
    this.modern.open(exchange, session);
    if (target.kind === 'server') await this.#follow(exchange, session, target.server);
    else this.aggregate.open(exchange, session);
  }

  /**
   * Event ids on this stream are the upstream's: where it has them, the end of its stream is the end of ours, and
   * the client resumes. Else the upstream's stream is opened again, on the session that the client's has by then.
   */
  async #follow(exchange: Exchange, session: ClientSession, server: RoutedServer): Promise<void> {
    if ((server.eras.legacy?.length ?? 0) === 0) return;
    const { outlet, signal } = exchange;
    const { 'last-event-id': given } = exchange.headers;
    let lastEventId = typeof given === 'string' ? given : undefined;
    const onAnswer = (): void => this.distant.announce(session.id, server.id);
    await reopening(signal, async () => {
      try {
        const upstream = await this.upstreams.of(session, server);
        const end = await this.upstreamStream.relay({ server, upstream, outlet, signal, lastEventId, onAnswer });
        ({ lastEventId } = end);
        if (end.stream === 'none') return 'over';
        if (end.stream === 'ended' && lastEventId !== undefined) {
          outlet.end();
          return 'over';
        }
        return end.heard ? 'heard' : 'silent';
      } catch (error) {
        if (!signal.aborted) this.#log.debug(`The stream of ${server.name} was not opened: ${messageOf(error)}`);
        return 'silent';
      }
    });
  }

  #keep(session: ClientSession, outlet: Outlet): void {
    const open = this.#open.get(session) ?? new Set<Outlet>();
    this.#open.set(session, open.add(outlet));
    outlet.onClose(() => {
      open.delete(outlet);
      if (open.size === 0) this.#open.delete(session);
    });
  }
}
