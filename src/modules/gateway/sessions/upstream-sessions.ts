import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import { RouteTable } from '../catalogue/route-table.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { GATEWAY_INFO } from '../own-answers.js';
import { DistantStreams } from '../replicas/distant-streams.js';
import { systemScope } from '../../../kernel/scope.js';
import type { ClientSession, UpstreamSession } from './client-session.js';
import { SessionOpener } from './session-opener.js';
import { SESSION_STORE, type SessionStore } from './session-store.js';

/** For what has to be there before the first call: what a server says while it runs may need a stream. */
const READY_WITHIN_MS = 500;

/** Told of each session with an upstream, also of one that another replica opened, and maybe twice; the first call on it waits, for a moment, for what is returned. */
export type OpenedListener = (
  session: ClientSession,
  server: RoutedServer,
  upstream: UpstreamSession,
) => Promise<void> | undefined;

/** The sessions that a legacy client's session holds with upstreams: opened on first use, one for each server. */
@Injectable()
export class UpstreamSessions {
  /** Single flight by client session and server. */
  readonly #opening = new Map<string, Promise<UpstreamSession>>();
  readonly #listeners: OpenedListener[] = [];

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    private readonly opener: SessionOpener,
    private readonly distant: DistantStreams,
    routes: RouteTable,
  ) {
    store.onClose((session, reason) => {
      if (reason === 'released') return;
      for (const [serverId, upstream] of session.upstreamSessions) {
        const server = routes.byId(systemScope, serverId);
        if (server?.url === upstream.url) void this.opener.end(server, upstream);
      }
    });
    store.onUpstreamAttached((session, serverId, upstream) => {
      const server = routes.byId(systemScope, serverId);
      if (server?.url === upstream.url) void Promise.all(this.#tell(session, server, upstream));
    });
  }

  onOpened(listener: OpenedListener): void {
    this.#listeners.push(listener);
  }

  /** The one that is open already, and with the server where it is now. */
  held(session: ClientSession, server: RoutedServer): UpstreamSession | undefined {
    const held = session.upstreamSessions.get(server.id);
    return held?.url === server.url ? held : undefined;
  }

  /** @throws AppError when the upstream does not take a session. */
  async of(session: ClientSession, server: RoutedServer): Promise<UpstreamSession> {
    const held = this.held(session, server);
    if (held) return held;
    // The server moved: its session is with who was there before.
    const left = session.upstreamSessions.get(server.id);
    if (left) await this.store.detachUpstream(session, server.id, left);
    const key = `${session.id} ${server.id}`;
    const underWay = this.#opening.get(key);
    if (underWay) return underWay;
    const opening = this.#open(session, server).finally(() => this.#opening.delete(key));
    this.#opening.set(key, opening);
    return opening;
  }

  /** Forgets a session that the upstream says it does not know, and opens another. */
  async renew(session: ClientSession, server: RoutedServer, forgotten: UpstreamSession): Promise<UpstreamSession> {
    await this.store.detachUpstream(session, server.id, forgotten);
    return this.of(session, server);
  }

  async #open(session: ClientSession, server: RoutedServer): Promise<UpstreamSession> {
    const upstream = await this.opener.open(server, {
      protocolVersion: session.protocolVersion,
      capabilities: session.clientCapabilities,
      clientInfo: { ...GATEWAY_INFO, ...session.clientInfo },
    });
    const elsewhere = this.distant.expect(session.id, server.id);
    const standing = await this.#attach(session, server, upstream);
    if (standing !== upstream) await this.opener.end(server, upstream);
    if (!standing)
      throw new AppError('not_found', 'mcp.session_unknown', 'The session ended meanwhile: initialise again.');
    // Another replica's was told by that replica.
    if (standing === upstream) {
      if (session.logLevel !== undefined) await this.opener.tellLevel(server, upstream, session.logLevel);
      void this.#subscribeAgain(session, server, upstream);
    }
    const awaited = this.#tell(session, server, standing);
    if (awaited.length > 0) elsewhere?.forget();
    else if (elsewhere) awaited.push(elsewhere.carried);
    if (awaited.length > 0)
      await Promise.race([Promise.all(awaited), sleep(READY_WITHIN_MS, undefined, { ref: false })]);
    return standing;
  }

  #tell(session: ClientSession, server: RoutedServer, upstream: UpstreamSession): Promise<void>[] {
    return this.#listeners.flatMap((listener) => listener(session, server, upstream) ?? []);
  }

  async #attach(
    session: ClientSession,
    server: RoutedServer,
    upstream: UpstreamSession,
  ): Promise<UpstreamSession | undefined> {
    try {
      return await this.store.attachUpstream(session, server.id, upstream);
    } catch (error) {
      await this.opener.end(server, upstream);
      throw error;
    }
  }

  /** What the client subscribed to at a session that the upstream forgot. */
  async #subscribeAgain(session: ClientSession, server: RoutedServer, upstream: UpstreamSession): Promise<void> {
    for (const uri of session.subscriptions.get(server.id) ?? []) {
      if (session.upstreamSessions.get(server.id) !== upstream) return;
      await this.opener.subscribe(server, upstream, uri);
    }
  }
}
