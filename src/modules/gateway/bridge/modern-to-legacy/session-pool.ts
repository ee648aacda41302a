import { Inject, Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { AppError } from '../../../../kernel/app-error.js';
import { Clock } from '../../../../kernel/clock.js';
import type { Principal } from '../../../../kernel/principal.js';
import { systemScope } from '../../../../kernel/scope.js';
import type { LegacyClient } from '../../../../mcp/translate/modern-to-legacy/legacy-handshake.js';
import { LEGACY_VERSIONS } from '../../../../mcp/versions.js';
import { Readiness } from '../../../monitoring/index.js';
import type { RoutedServer } from '../../catalogue/routed-server.js';
import { RouteTable } from '../../catalogue/route-table.js';
import { SessionOpener } from '../../sessions/session-opener.js';
import { POOL_LIMITS, type PoolLimits, RETRY_AFTER_S } from './bridge-limits.js';
import { mayBeAsked, poolKey, principalKey } from './pool-key.js';
import { PoolShelf } from './pool-shelf.js';
import { PooledSession, type SessionCall } from './pooled-session.js';
import { SessionEar } from './session-ear.js';

export const BRIDGE_POOL_LIMITS = Symbol('BRIDGE_POOL_LIMITS');
const SWEEP_MS = 15_000;

/** For whom a session is wanted. */
export interface SessionWish {
  readonly principal: Principal;
  readonly server: RoutedServer;
  readonly client: LegacyClient;
  readonly wantsLogs: boolean;
}

/** A call's place on a session. */
export interface SessionLease {
  readonly session: PooledSession;
  /** The id of the call, as JSON text. */
  readonly id: string;
  /**
   * @param end `reusable` where the call came to its answer; `broken` where the server may still work on it;
   *   `forgotten` where the server does not know the session.
   */
  release(end: 'reusable' | 'broken' | 'forgotten'): void;
}

/**
 * Sessions with legacy servers for clients that have none. One is shared by calls that run at once, unless
 * its server may ask the client, or logs without naming the call: such a session is checked out for one
 * call, so that what comes on its own stream has one owner.
 */
@Injectable()
export class SessionPool implements OnApplicationShutdown {
  readonly #shelf = new PoolShelf();
  /** Single flight for shared sessions. */
  readonly #opening = new Map<string, Promise<PooledSession>>();
  /** Places of sessions that are being opened, by key and by principal. */
  readonly #reserved = new Map<string, number>();
  #reservedInAll = 0;
  readonly #limits: PoolLimits;

  constructor(
    private readonly opener: SessionOpener,
    private readonly ear: SessionEar,
    private readonly routes: RouteTable,
    private readonly clock: Clock,
    readiness: Readiness,
    @Optional() @Inject(BRIDGE_POOL_LIMITS) limits?: PoolLimits,
  ) {
    this.#limits = limits ?? POOL_LIMITS;
    routes.onChange(({ kind, serverId }) => {
      if (kind === 'deleted' || kind === 'server') this.#endMoved(this.#shelf.ofServer(serverId));
      if (kind === 'reset') this.#endMoved(this.#shelf.all());
    });
    readiness.beforeEnd(() => this.endAll());
  }

  get size(): number {
    return this.#shelf.size;
  }

  /** @throws AppError `gateway.upstream_sessions_exhausted`, and what the server refuses a session with. */
  async acquire(wish: SessionWish, call: SessionCall): Promise<SessionLease> {
    const exclusive = wish.wantsLogs || mayBeAsked(wish.client.capabilities);
    const principal = principalKey(wish.principal);
    const key = poolKey(principal, wish.server.id, wish.client.capabilities, exclusive);
    const found = this.#shelf.usable(key);
    // Nothing may be awaited between finding or making an exclusive session and taking it.
    if (found) return this.#take(found, call);
    if (exclusive) return this.#open(key, principal, wish, true, (session) => this.#take(session, call));
    return this.#take(await this.#openShared(key, principal, wish), call);
  }

  /**
   * What a call of its own session needs before it is sent: the stream, and log messages. Best effort, since most
   * servers need neither; what the server says from here on is the call's.
   */
  async prepare({ session }: SessionLease, wantsLogs: boolean): Promise<void> {
    if (!session.exclusive) return;
    session.stream ??= this.ear.listen(session);
    await session.stream;
    if (!wantsLogs || session.logs) return;
    session.logs = true;
    await this.opener.tellLevel(session.server, session.upstream, 'debug');
  }

  @Interval('gateway-bridge-sessions', SWEEP_MS)
  sweep(): void {
    const before = this.clock.nowMs() - this.#limits.idleMs;
    for (const session of this.#shelf.idle()) {
      if (session.lastUsedAtMs > before) return;
      void this.#end(session);
    }
  }

  /** Where nothing drained before. */
  async onApplicationShutdown(): Promise<void> {
    await this.endAll();
  }

  async endAll(): Promise<void> {
    await Promise.all(this.#shelf.all().map((session) => this.#end(session)));
  }

  #take(session: PooledSession, call: SessionCall): SessionLease {
    const id = session.nextId();
    session.calls.set(id, call);
    this.#shelf.used(session, this.clock.nowMs());
    return {
      session,
      id,
      release: (end) => {
        if (!session.calls.delete(id)) return;
        // A server that goes on after all would ask the next call's client.
        if (end === 'forgotten' || (end === 'broken' && session.exclusive)) session.doomed = true;
        this.#shelf.used(session, this.clock.nowMs());
        if (session.doomed && session.calls.size === 0) void this.#end(session, end !== 'forgotten');
      },
    };
  }

  #openShared(key: string, principal: string, wish: SessionWish): Promise<PooledSession> {
    const underWay = this.#opening.get(key);
    if (underWay) return underWay;
    const opening = this.#open(key, principal, wish, false, (session) => session).finally(() => {
      this.#opening.delete(key);
    });
    this.#opening.set(key, opening);
    return opening;
  }

  async #open<T>(
    key: string,
    principal: string,
    { server, client }: SessionWish,
    exclusive: boolean,
    opened: (session: PooledSession) => T,
  ): Promise<T> {
    this.#makeRoom(key, principal);
    this.#reserve(key, principal, 1);
    try {
      const upstream = await this.opener.open(server, { protocolVersion: LEGACY_VERSIONS[0] ?? '', ...client });
      const session = new PooledSession(key, principal, server, upstream, exclusive);
      this.#shelf.add(session);
      return opened(session);
    } finally {
      this.#reserve(key, principal, -1);
    }
  }

  #makeRoom(key: string, principal: string): void {
    const { maxPerKey, maxPerPrincipal, maxSessions } = this.#limits;
    if (this.#shelf.countOfKey(key) + (this.#reserved.get(key) ?? 0) >= maxPerKey) throw exhausted('for this server');
    if (this.#shelf.countOfPrincipal(principal) + (this.#reserved.get(principal) ?? 0) >= maxPerPrincipal) {
      this.#evict(this.#shelf.longestIdle(principal), 'for one caller');
    }
    if (this.#shelf.size + this.#reservedInAll >= maxSessions) {
      this.#evict(this.#shelf.longestIdle(), 'on this replica');
    }
  }

  #evict(session: PooledSession | undefined, where: string): void {
    if (!session) throw exhausted(where);
    void this.#end(session);
  }

  #reserve(key: string, principal: string, by: 1 | -1): void {
    this.#reservedInAll += by;
    for (const name of [key, principal]) {
      const count = (this.#reserved.get(name) ?? 0) + by;
      if (count > 0) this.#reserved.set(name, count);
      else this.#reserved.delete(name);
    }
  }

  /** Sessions of servers that are gone or at another address. */
  #endMoved(sessions: readonly PooledSession[]): void {
    for (const session of sessions) {
      if (this.routes.byId(systemScope, session.server.id)?.url === session.server.url) continue;
      session.doomed = true;
      if (session.calls.size === 0) void this.#end(session);
    }
  }

  async #end(session: PooledSession, tell = true): Promise<void> {
    session.doomed = true;
    if (!this.#shelf.remove(session)) return;
    session.ended.abort(SESSION_ENDED);
    if (tell) await this.opener.end(session.server, session.upstream);
  }
}

const SESSION_ENDED = new Error('the session ended');

function exhausted(where: string): AppError {
  return new AppError(
    'unavailable',
    'gateway.upstream_sessions_exhausted',
    `Too many sessions are in use ${where}; try again.`,
    { retryAfterSeconds: RETRY_AFTER_S },
  );
}
