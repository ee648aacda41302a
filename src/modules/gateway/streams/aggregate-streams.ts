import { Injectable } from '@nestjs/common';
import { RouteTable } from '../catalogue/route-table.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import type { Exchange } from '../endpoint/exchange.js';
import { DistantStreams } from '../replicas/distant-streams.js';
import type { ClientSession, UpstreamSession } from '../sessions/client-session.js';
import { ServerRequests } from '../sessions/server-requests.js';
import { UpstreamSessions } from '../sessions/upstream-sessions.js';
import { reopening } from './reopening.js';
import { UpstreamStream } from './upstream-stream.js';

/** An upstream's stream on its way to a client's. */
interface Relay {
  readonly upstream: UpstreamSession;
  readonly ended: AbortController;
  /** Resolves when the upstream's stream is there, or is known not to be. */
  readonly known: Promise<void>;
}

/** An open stream of a session, and by server id the relays that write to it. */
interface Carrier {
  readonly exchange: Exchange;
  readonly relays: Map<string, Relay>;
}

/**
 * The GET streams of sessions on the aggregate. The newest one of a session carries what every upstream
 * of that session says, those included whose session is opened after the stream (a message may go on
 * one stream only: 2025-11-25, Streamable HTTP, Multiple Connections).
 */
@Injectable()
export class AggregateStreams {
  /** The newest last. As many as there are open streams, each with a relay an upstream session at most. */
  readonly #open = new Map<ClientSession, readonly Carrier[]>();

  constructor(
    private readonly routes: RouteTable,
    private readonly serverRequests: ServerRequests,
    private readonly stream: UpstreamStream,
    private readonly distant: DistantStreams,
    upstreams: UpstreamSessions,
  ) {
    upstreams.onOpened((session, server, upstream) => this.#relay(session, server, upstream));
  }

  open(exchange: Exchange, session: ClientSession): void {
    const carrier = { exchange, relays: new Map<string, Relay>() };
    const before = this.#open.get(session) ?? [];
    before.at(-1)?.relays.forEach(stop);
    this.#open.set(session, [...before, carrier]);
    exchange.signal.addEventListener('abort', () => this.#leave(session, carrier));
    this.#relayAll(session);
  }

  #leave(session: ClientSession, carrier: Carrier): void {
    carrier.relays.forEach(stop);
    const all = this.#open.get(session) ?? [];
    const left = all.filter((other) => other !== carrier);
    if (left.length === 0) {
      this.#open.delete(session);
      return;
    }
    this.#open.set(session, left);
    if (all.at(-1) === carrier) this.#relayAll(session);
  }

  #relayAll(session: ClientSession): void {
    const scope = this.#open.get(session)?.at(-1)?.exchange.scope;
    for (const [serverId, upstream] of session.upstreamSessions) {
      const server = scope && this.routes.byId(scope, serverId);
      if (server) void this.#relay(session, server, upstream);
    }
  }

  /** @returns undefined without a stream to relay to, else what resolves when the upstream's stream is there, or is known not to be. */
  #relay(session: ClientSession, server: RoutedServer, upstream: UpstreamSession): Promise<void> | undefined {
    const carrier = this.#open.get(session)?.at(-1);
    if (!carrier) return undefined;
    const before = carrier.relays.get(server.id);
    // Upstreams keep one stream a session, so a second one would be refused while the first is open.
    if (before?.upstream === upstream) return before.known;
    before?.ended.abort();
    const ended = new AbortController();
    const known = new Promise<void>((resolve) => {
      void this.#keep(session, { server, upstream, carrier, signal: ended.signal, onAnswer: resolve }).finally(() => {
        if (carrier.relays.get(server.id)?.ended === ended) carrier.relays.delete(server.id);
      });
    });
    carrier.relays.set(server.id, { upstream, ended, known });
    return known;
  }

  /** Relays an upstream's stream, and opens it again when it ends, for as long as its session is the session's. */
  async #keep(
    session: ClientSession,
    relay: {
      readonly server: RoutedServer;
      readonly upstream: UpstreamSession;
      readonly carrier: Carrier;
      readonly signal: AbortSignal;
      readonly onAnswer: () => void;
    },
  ): Promise<void> {
    const { server, upstream, carrier, signal } = relay;
    const { outlet } = carrier.exchange;
    const rewrite = (data: Buffer): Buffer => this.serverRequests.outward(session, server.id, data);
    const onAnswer = (): void => {
      relay.onAnswer();
      this.distant.announce(session.id, server.id);
    };
    let lastEventId: string | undefined;
    await reopening(signal, async () => {
      if (session.upstreamSessions.get(server.id) !== upstream) return 'over';
      const end = await this.stream.relay({ server, upstream, outlet, signal, rewrite, lastEventId, onAnswer });
      ({ lastEventId } = end);
      if (end.stream === 'none') return 'over';
      return end.heard ? 'heard' : 'silent';
    });
  }
}

function stop({ ended }: Relay): void {
  ended.abort();
}
