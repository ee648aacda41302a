import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../../../../kernel/app-error.js';
import { MCP_ERROR } from '../../../../mcp/errors.js';
import { isRecord, ownMember } from '../../../../mcp/json-record.js';
import { isModernOnly, type RoutedServer } from '../../catalogue/routed-server.js';
import type { Exchange } from '../../endpoint/exchange.js';
import type { ClientSession } from '../../sessions/client-session.js';
import { SESSION_STORE, type SessionStore } from '../../sessions/session-store.js';
import { ListWatch } from '../../streams/list-watch.js';
import { ResourceFeed } from './resource-feed.js';

/** Changes of a session's subscriptions that come together are told upstream once. */
const COALESCE_MS = 25;
/** Modern servers whose lists one session watches, as many as it may have legacy ones. */
const WATCHED_AT_MOST = 256;

/** A session with at least one open stream. */
interface Listening {
  readonly session: ClientSession;
  /** The newest last: a message goes on one stream only (2025-11-25, Streamable HTTP, Multiple Connections). */
  readonly streams: Exchange[];
  /** By server id: what ends the feed. */
  readonly feeds: Map<string, AbortController>;
  readonly changed: Set<string>;
}

/**
 * What servers of 2026-07-28 say to a legacy session's GET stream: there it is subscribed to one by one, here it
 * is one request to each server for all that the session subscribed to, open while the session has a stream.
 */
@Injectable()
export class ModernStreams {
  readonly #listening = new Map<string, Listening>();
  /** Servers that the session called. */
  readonly #called = new WeakMap<ClientSession, Map<string, RoutedServer>>();

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    private readonly feed: ResourceFeed,
    private readonly watch: ListWatch,
  ) {
    store.onSubscriptionsChanged((session, serverId) => this.changed(session.id, serverId));
  }

  /** A stream of the session has opened. */
  open(exchange: Exchange, session: ClientSession): void {
    if (exchange.signal.aborted) return;
    const { target, signal } = exchange;
    const listening = this.#listening.get(session.id) ?? newListening(session);
    this.#listening.set(session.id, listening);
    listening.streams.push(exchange);
    signal.addEventListener('abort', () => this.#leave(listening, exchange));
    if (listening.streams.length === 1) for (const id of session.subscriptions.keys()) this.#follow(listening, id);
    const servers = target.kind === 'server' ? [target.server] : [...(this.#called.get(session)?.values() ?? [])];
    for (const server of servers) if (isModernOnly(server)) this.watch.watch(server, signal);
  }

  /** The session calls this server: from now on it hears when the server's lists change. */
  called(session: ClientSession, server: RoutedServer): void {
    const called = this.#called.get(session) ?? new Map<string, RoutedServer>();
    if (called.has(server.id) || called.size >= WATCHED_AT_MOST) return;
    this.#called.set(session, called.set(server.id, server));
    for (const { target, signal } of this.#listening.get(session.id)?.streams ?? []) {
      if (target.kind === 'aggregate') this.watch.watch(server, signal);
    }
  }

  /** @throws AppError `mcp.method_not_found` of a server without subscriptions, `gateway.subscriptions_exhausted`. */
  async subscribe(session: ClientSession, server: RoutedServer, uri: string): Promise<void> {
    const resources = ownMember(server.capabilities, 'resources');
    if (!isRecord(resources) || resources['subscribe'] !== true) {
      throw new AppError('not_found', MCP_ERROR.methodNotFound, `${server.name} has no resource subscriptions.`);
    }
    await this.store.subscribe(session, server.id, uri);
    this.changed(session.id, server.id);
  }

  async unsubscribe(session: ClientSession, server: RoutedServer, uri: string): Promise<void> {
    await this.store.unsubscribe(session, server.id, uri);
    this.changed(session.id, server.id);
  }

  /** The session's subscriptions with this server are others now, here or at another replica; its stream may be here. */
  changed(sessionId: string, serverId: string): void {
    const listening = this.#listening.get(sessionId);
    if (!listening) return;
    listening.changed.add(serverId);
    if (listening.changed.size > 1) return;
    setTimeout(() => {
      const ids = [...listening.changed];
      listening.changed.clear();
      if (listening.streams.length > 0) for (const id of ids) this.#follow(listening, id);
    }, COALESCE_MS).unref();
  }

  /** The feed before this one goes on until this one is there, so that nothing is missed between the two. */
  #follow({ session, streams, feeds }: Listening, serverId: string): void {
    const former = feeds.get(serverId);
    const ended = new AbortController();
    feeds.set(serverId, ended);
    const { signal } = ended;
    void this.feed
      .follow({ session, serverId, signal, stream: () => streams.at(-1), onOpen: () => former?.abort() })
      .finally(() => {
        former?.abort();
        if (feeds.get(serverId) === ended) feeds.delete(serverId);
      });
  }

  #leave(listening: Listening, exchange: Exchange): void {
    const { session, streams, feeds } = listening;
    streams.splice(streams.indexOf(exchange), 1);
    if (streams.length > 0) return;
    this.#listening.delete(session.id);
    for (const feed of feeds.values()) feed.abort();
  }
}

function newListening(session: ClientSession): Listening {
  return { session, streams: [], feeds: new Map(), changed: new Set() };
}
