import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError, messageOf } from '../../../kernel/app-error.js';
import { isListChanged } from '../../../mcp/list-changed.js';
import { ownMember } from '../../../mcp/json-record.js';
import type { ParsedBody } from '../../../mcp/parse-body.js';
import { Resync } from '../../servers/index.js';
import { RouteTable } from '../catalogue/route-table.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { Forwarder, type Renewal } from '../forward/forwarder.js';
import { UpstreamClient } from '../forward/upstream-client.js';
import type { UpstreamAnswer } from '../forward/upstream-exchange.js';
import type { ClientSession, UpstreamSession } from '../sessions/client-session.js';
import { sessionVerdict } from '../sessions/forgotten-session.js';
import { ServerRequests } from '../sessions/server-requests.js';
import { SESSION_STORE, type SessionStore } from '../sessions/session-store.js';
import { upstreamHeaders, UpstreamSessions } from '../sessions/upstream-sessions.js';
import { Addressing, type Addressed } from './addressing.js';
import type { Exchange } from './exchange.js';

const IN_FLIGHT_AT_MOST = 1000;

/** A legacy session's traffic with its upstreams. */
@Injectable()
export class LegacyCalls {
  readonly #log = new Logger(LegacyCalls.name);
  /** Which server a request of the client is running on, by its id: for its cancellation. */
  readonly #running = new WeakMap<ClientSession, Map<string, RoutedServer>>();

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    private readonly routes: RouteTable,
    private readonly addressing: Addressing,
    private readonly upstreams: UpstreamSessions,
    private readonly serverRequests: ServerRequests,
    private readonly forwarder: Forwarder,
    private readonly client: UpstreamClient,
    private readonly resync: Resync,
  ) {}

  async forward(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
    const addressed = await this.addressing.address(exchange, body);
    const { server } = addressed;
    speaksLegacy(server);
    const upstream = await this.#upstream(session, server);
    const running = this.#runningOf(session);
    running.set(body.rawId, server);
    try {
      await this.forwarder.forward(exchange, {
        ...addressed,
        era: 'legacy',
        method: body.method,
        headers: upstreamHeaders(upstream),
        renew: (answer) => this.#renewed(session, server, upstream, answer),
        rewrite: (data) => {
          if (isListChanged(data)) this.resync.soon(server.id);
          return exchange.target.kind === 'aggregate' ? this.serverRequests.outward(session, server.id, data) : data;
        },
      });
      await this.#remember(session, body, addressed);
    } finally {
      running.delete(body.rawId);
    }
  }

  /** A cancellation goes where the request runs, all else to every upstream of the session. */
  async notify(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
    const { target } = exchange;
    const requestId = body.method === 'notifications/cancelled' ? ownMember(body.params, 'requestId') : undefined;
    const running = requestId === undefined ? undefined : this.#runningOf(session).get(JSON.stringify(requestId));
    const all = [...session.upstreamSessions.keys()].flatMap((id) => this.routes.byId(exchange.scope, id) ?? []);
    const to = target.kind === 'server' ? [target.server] : running ? [running] : requestId === undefined ? all : [];
    await Promise.all(to.map((server) => this.#post(session, server, body.bytes)));
  }

  async respond(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
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
    const { target, scope } = exchange;
    if (target.kind === 'server') await this.#upstream(session, target.server);
    for (const [serverId, upstream] of session.upstreamSessions) {
      const server = this.routes.byId(scope, serverId);
      if (server) await this.#tellLevel(server, upstream, level);
    }
  }

  async #upstream(session: ClientSession, server: RoutedServer): Promise<UpstreamSession> {
    const known = session.upstreamSessions.get(server.id);
    const upstream = await this.upstreams.of(session, server);
    if (upstream !== known && session.logLevel !== undefined) await this.#tellLevel(server, upstream, session.logLevel);
    return upstream;
  }

  async #tellLevel(server: RoutedServer, upstream: UpstreamSession, level: string): Promise<void> {
    if (!Object.hasOwn(upstream.capabilities, 'logging')) return;
    const message = { jsonrpc: '2.0', id: 'gateway-log-level', method: 'logging/setLevel', params: { level } };
    await this.#send(server, upstream, Buffer.from(JSON.stringify(message)));
  }

  /** To an upstream that has no session with this client there is nothing to tell. */
  async #post(session: ClientSession, server: RoutedServer, bytes: Buffer): Promise<void> {
    const upstream = session.upstreamSessions.get(server.id);
    if (upstream) await this.#send(server, upstream, bytes);
  }

  async #send(server: RoutedServer, upstream: UpstreamSession, body: Buffer): Promise<void> {
    try {
      const answer = await this.client.request(server, { method: 'POST', headers: upstreamHeaders(upstream), body });
      await answer.body.dump();
    } catch (error) {
      this.#log.debug(`${server.name} could not be told: ${messageOf(error)}`);
    }
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

  async #remember(session: ClientSession, body: ParsedBody, { name }: Addressed): Promise<void> {
    if (name === undefined) return;
    if (body.method === 'resources/subscribe') await this.store.subscribe(session, name);
    else if (body.method === 'resources/unsubscribe') await this.store.unsubscribe(session, name);
  }

  #runningOf(session: ClientSession): Map<string, RoutedServer> {
    const running = this.#running.get(session) ?? new Map<string, RoutedServer>();
    this.#running.set(session, running);
    const [oldest] = running.keys();
    if (running.size >= IN_FLIGHT_AT_MOST && oldest !== undefined) running.delete(oldest);
    return running;
  }
}

/** @throws AppError `gateway.era_unavailable`: eras are not translated into each other yet. */
function speaksLegacy(server: RoutedServer): void {
  if (server.eras.legacy !== undefined && server.eras.legacy.length > 0) return;
  throw new AppError(
    'unprocessable',
    'gateway.era_unavailable',
    `${server.name} speaks only revision ${server.eras.modern ?? 'unknown'} of MCP: connect with that one.`,
  );
}
