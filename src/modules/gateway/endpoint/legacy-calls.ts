import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import { isListChanged } from '../../../mcp/list-changed.js';
import { ownMember } from '../../../mcp/json-record.js';
import type { ParsedBody } from '../../../mcp/parse-body.js';
import { Resync } from '../../servers/index.js';
import { RouteTable } from '../catalogue/route-table.js';
import { isModernOnly, type RoutedServer } from '../catalogue/routed-server.js';
import { LegacyToModern } from '../bridge/legacy-to-modern/legacy-to-modern.js';
import { Forwarder, type Renewal } from '../forward/forwarder.js';
import type { UpstreamAnswer } from '../forward/upstream-exchange.js';
import type { ClientSession, UpstreamSession } from '../sessions/client-session.js';
import { sessionVerdict } from '../sessions/forgotten-session.js';
import { SessionOpener } from '../sessions/session-opener.js';
import { ServerRequests } from '../sessions/server-requests.js';
import { SESSION_STORE, type SessionStore } from '../sessions/session-store.js';
import { upstreamHeaders } from '../sessions/upstream-headers.js';
import { UpstreamSessions } from '../sessions/upstream-sessions.js';
import { Addressing, type Addressed } from './addressing.js';
import type { Exchange } from './exchange.js';

const IN_FLIGHT_AT_MOST = 1000;

/** A request of the client that an upstream works on. */
interface Running {
  readonly server: RoutedServer;
  readonly exchange: Exchange;
}

/** A legacy session's traffic with its upstreams. */
@Injectable()
export class LegacyCalls {
  /** By the request's id: for its cancellation. */
  readonly #running = new WeakMap<ClientSession, Map<string, Running>>();

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    private readonly routes: RouteTable,
    private readonly addressing: Addressing,
    private readonly upstreams: UpstreamSessions,
    private readonly opener: SessionOpener,
    private readonly serverRequests: ServerRequests,
    private readonly forwarder: Forwarder,
    private readonly resync: Resync,
    private readonly bridge: LegacyToModern,
  ) {}

  async forward(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
    const addressed = await this.addressing.address(exchange, body);
    const { server } = addressed;
    const running = this.#runningOf(session);
    running.set(body.rawId, { server, exchange });
    try {
      if (isModernOnly(server)) await this.bridge.request(exchange, session, body, addressed);
      else await this.#toSession(exchange, session, body, addressed);
    } finally {
      running.delete(body.rawId);
    }
  }

  /** Session to session. */
  async #toSession(exchange: Exchange, session: ClientSession, body: ParsedBody, addressed: Addressed): Promise<void> {
    const { server } = addressed;
    speaksLegacy(server);
    await this.forwarder.forward(exchange, {
      ...addressed,
      era: 'legacy',
      method: body.method,
      rawId: body.rawId,
      argumentsBytes: body.argumentsBytes,
      passage: async () => {
        const upstream = await this.upstreams.of(session, server);
        return {
          headers: upstreamHeaders(upstream),
          renew: (answer) => this.#renewed(session, server, upstream, answer),
        };
      },
      rewrite: (data) => {
        if (isListChanged(data)) this.resync.soon(server.id);
        return exchange.target.kind === 'aggregate' ? this.serverRequests.outward(session, server.id, data) : data;
      },
    });
    await this.#remember(session, body, addressed);
  }

  /** A cancellation goes where the request runs and ends it here, all else to every upstream of the session. */
  async notify(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
    if (body.method === 'notifications/cancelled') {
      const running = this.#runningOf(session).get(JSON.stringify(ownMember(body.params, 'requestId')));
      if (!running) return;
      await this.#post(session, running.server, body.bytes);
      // Nothing will come any more, and some servers leave the stream open.
      running.exchange.cancel();
      return;
    }
    const { target, scope } = exchange;
    const to =
      target.kind === 'server'
        ? [target.server]
        : [...session.upstreamSessions.keys()].flatMap((id) => this.routes.byId(scope, id) ?? []);
    await Promise.all(to.map((server) => this.#post(session, server, body.bytes)));
  }

  async respond(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
    if (this.bridge.respond(session, body)) return;
    const { target } = exchange;
    if (target.kind === 'server') {
      await this.#post(session, target.server, body.bytes);
      return;
    }
    const asked = this.serverRequests.inward(session, body);
    const server = asked && this.routes.byId(exchange.scope, asked.serverId);
    if (asked && server) await this.#post(session, server, asked.bytes);
  }

  /** The level is the session's: upstreams that it has now are told, later ones when they are opened. */
  async setLevel(exchange: Exchange, session: ClientSession, level: string): Promise<void> {
    for (const [serverId, upstream] of session.upstreamSessions) {
      const server = this.routes.byId(exchange.scope, serverId);
      if (server) await this.opener.tellLevel(server, upstream, level);
    }
  }

  /** To an upstream that has no session with this client there is nothing to tell. */
  async #post(session: ClientSession, server: RoutedServer, bytes: Buffer): Promise<void> {
    const upstream = session.upstreamSessions.get(server.id);
    if (upstream) await this.opener.post(server, upstream, bytes);
  }

  /** An upstream that forgot the session ran nothing: the call goes again, once, on a new one. */
  async #renewed(
    session: ClientSession,
    server: RoutedServer,
    upstream: UpstreamSession,
    answer: UpstreamAnswer,
  ): Promise<Renewal> {
    if (upstream.sessionId === undefined) return { answer };
    const verdict = await sessionVerdict(answer);
    if (!verdict.forgotten) return { answer: verdict.answer };
    return { headers: upstreamHeaders(await this.upstreams.renew(session, server, upstream)) };
  }

  async #remember(session: ClientSession, body: ParsedBody, { server, name }: Addressed): Promise<void> {
    if (name === undefined) return;
    if (body.method === 'resources/subscribe') await this.store.subscribe(session, server.id, name);
    else if (body.method === 'resources/unsubscribe') await this.store.unsubscribe(session, server.id, name);
  }

  #runningOf(session: ClientSession): Map<string, Running> {
    const running = this.#running.get(session) ?? new Map<string, Running>();
    this.#running.set(session, running);
    const [oldest] = running.keys();
    if (running.size >= IN_FLIGHT_AT_MOST && oldest !== undefined) running.delete(oldest);
    return running;
  }
}

/** @throws AppError `gateway.era_unavailable`: nobody knows what it speaks. */
function speaksLegacy(server: RoutedServer): void {
  if (server.eras.legacy !== undefined && server.eras.legacy.length > 0) return;
  throw new AppError(
    'unprocessable',
    'gateway.era_unavailable',
    `${server.name} has never answered so far, so nobody knows which revision of MCP it speaks: probe it first.`,
  );
}
