import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import { isListChanged } from '../../../mcp/list-changed.js';
import type { ParsedBody } from '../../../mcp/parse-body.js';
import { Resync } from '../../servers/index.js';
import { RouteTable } from '../catalogue/route-table.js';
import { isModernOnly, type RoutedServer } from '../catalogue/routed-server.js';
import { LegacyToModern } from '../bridge/legacy-to-modern/legacy-to-modern.js';
import { replicaOf } from '../bridge/legacy-to-modern/input-ids.js';
import { Forwarder, type Passage, type Renewal } from '../forward/forwarder.js';
import type { UpstreamAnswer } from '../forward/upstream-exchange.js';
import { OwnerRouting } from '../replicas/owner-routing.js';
import { REPLICA_ID } from '../replicas/replica-id.js';
import type { ClientSession, UpstreamSession } from '../sessions/client-session.js';
import { sessionVerdict } from '../sessions/forgotten-session.js';
import { SessionOpener } from '../sessions/session-opener.js';
import { ServerRequests } from '../sessions/server-requests.js';
import { SESSION_STORE, type SessionStore } from '../sessions/session-store.js';
import { upstreamHeaders } from '../sessions/upstream-headers.js';
import { UpstreamSessions } from '../sessions/upstream-sessions.js';
import { Addressing, type Addressed } from './addressing.js';
import type { Exchange } from './exchange.js';
import { RunningCalls } from './running-calls.js';

/** A legacy session's traffic with its upstreams. */
@Injectable()
export class LegacyCalls {
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
    private readonly running: RunningCalls,
    private readonly owners: OwnerRouting,
    @Inject(REPLICA_ID) private readonly replicaId: string,
  ) {}

  async forward(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
    const addressed = await this.addressing.address(exchange, body);
    const { server } = addressed;
    const over = this.running.add(body.rawId, { session, server, exchange });
    try {
      if (isModernOnly(server)) await this.bridge.request(exchange, session, body, addressed);
      else await this.#toSession(exchange, session, body, addressed);
    } finally {
      over();
    }
  }

  /** Session to session. */
  async #toSession(exchange: Exchange, session: ClientSession, body: ParsedBody, addressed: Addressed): Promise<void> {
    const { server } = addressed;
    speaksLegacy(server);
    const held = this.upstreams.held(session, server);
    // Member by member, as on the modern path: a copy costs more than all else that is done here.
    await this.forwarder.forward(exchange, {
      server,
      body: addressed.body,
      toolName: addressed.toolName,
      definitionHash: addressed.definitionHash,
      era: 'legacy',
      method: body.method,
      rawId: body.rawId,
      argumentsBytes: body.argumentsBytes,
      passage: held
        ? this.#passage(session, server, held)
        : async () => this.#passage(session, server, await this.upstreams.of(session, server)),
      rewrite: (data) => {
        if (isListChanged(data)) this.resync.soon(server.id);
        return exchange.target.kind === 'aggregate' ? this.serverRequests.outward(session, server.id, data) : data;
      },
    });
    if (addressed.name !== undefined) await this.#remember(session, body, server, addressed.name);
  }

  #passage(session: ClientSession, server: RoutedServer, upstream: UpstreamSession): Passage {
    const headers = upstreamHeaders(upstream);
    // Without a session there is none to forget.
    if (upstream.sessionId === undefined) return { headers };
    return { headers, renew: (answer) => this.#renewed(session, server, upstream, answer) };
  }

  /** A cancellation goes where the request runs and ends it here, all else to every upstream of the session. */
  async notify(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
    if (body.method === 'notifications/cancelled') {
      await this.running.cancel(session, body);
      return;
    }
    const { target, scope } = exchange;
    const to =
      target.kind === 'server'
        ? [target.server]
        : [...session.upstreamSessions.keys()].flatMap((id) => this.routes.byId(scope, id) ?? []);
    await Promise.all(to.map((server) => this.#post(session, server, body.bytes)));
  }

  /** The answer to what a server, or this gateway for it, asked the client. */
  async respond(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
    const { target } = exchange;
    if (target.kind === 'server' && !isModernOnly(target.server)) {
      // The server's own ids, whatever they look like.
      await this.#post(session, target.server, body.bytes);
      exchange.accept();
      return;
    }
    const replica = replicaOf(body.message['id']);
    if (replica !== undefined && replica !== this.replicaId) {
      await this.owners.respond(replica, exchange);
      return;
    }
    if (replica !== undefined) this.bridge.respond(session, body);
    else await this.#inward(exchange, session, body);
    exchange.accept();
  }

  async #inward(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
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
    // Another replica may have opened it a moment ago.
    if (!session.upstreamSessions.has(server.id)) await this.store.refresh(session);
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
    const verdict = await sessionVerdict(answer);
    if (!verdict.forgotten) return { answer: verdict.answer };
    return { headers: upstreamHeaders(await this.upstreams.renew(session, server, upstream)) };
  }

  async #remember(session: ClientSession, body: ParsedBody, server: RoutedServer, name: string): Promise<void> {
    if (body.method === 'resources/subscribe') await this.store.subscribe(session, server.id, name);
    else if (body.method === 'resources/unsubscribe') await this.store.unsubscribe(session, server.id, name);
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
