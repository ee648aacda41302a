import { randomBytes } from 'node:crypto';
import { AppError } from '../../../kernel/app-error.js';
import type { Clock } from '../../../kernel/clock.js';
import {
  type ClientSession,
  isBusy,
  type NewSession,
  ownsSession,
  type SessionOwner,
  type UpstreamSession,
} from './client-session.js';
import { MemorySession } from './memory-session.js';
import { SESSION_LIMITS, type SessionLimits, SESSIONS_RETRY_AFTER_S } from './session-limits.js';
import { SessionShelf } from './session-shelf.js';
import type {
  CloseReason,
  SessionActivity,
  SessionCloseListener,
  SessionLease,
  SessionStore,
} from './session-store.js';

/** 192 bits, as 32 characters of base64url. */
const ID_BYTES = 24;

/** One replica's sessions in its memory; every answer comes at once. */
export class MemorySessionStore implements SessionStore {
  readonly #shelf = new SessionShelf();
  readonly #listeners: SessionCloseListener[] = [];
  readonly #limits: SessionLimits;

  constructor(
    private readonly clock: Clock,
    limits: Partial<SessionLimits> = {},
  ) {
    this.#limits = { ...SESSION_LIMITS, ...limits };
  }

  get size(): number {
    return this.#shelf.size;
  }

  create(owner: SessionOwner, given: NewSession): ClientSession {
    this.#refuseTooLarge(given);
    const now = this.clock.nowMs();
    this.#makeRoom(owner, now);
    const session = new MemorySession(randomBytes(ID_BYTES).toString('base64url'), owner, given, now);
    this.#shelf.add(session);
    return session;
  }

  get(owner: SessionOwner, id: string): ClientSession | undefined {
    const session = this.#shelf.get(id);
    if (!session || !ownsSession(owner, session)) return undefined;
    if (!this.#isExpired(session, this.clock.nowMs())) return session;
    this.#close(session, 'expired');
    return undefined;
  }

  touch(session: ClientSession): void {
    const live = this.#live(session);
    if (live) this.#use(live);
  }

  open(session: ClientSession, activity: SessionActivity): SessionLease | undefined {
    const live = this.#live(session);
    if (!live) return undefined;
    count(live, activity, 1);
    this.#use(live);
    let open = true;
    return {
      close: () => {
        if (!open) return;
        open = false;
        count(live, activity, -1);
        this.touch(live);
      },
    };
  }

  delete(owner: SessionOwner, id: string): boolean {
    const session = this.get(owner, id);
    const live = session && this.#live(session);
    if (!live) return false;
    this.#close(live, 'deleted');
    return true;
  }

  setLogLevel(session: ClientSession, level: string): boolean {
    const live = this.#live(session);
    if (live) live.logLevel = level;
    return live !== undefined;
  }

  attachUpstream(session: ClientSession, serverId: string, upstream: UpstreamSession): boolean {
    const live = this.#live(session);
    if (!live) return false;
    const { upstreamSessions } = live;
    if (!upstreamSessions.has(serverId) && upstreamSessions.size >= this.#limits.maxUpstreamSessions) {
      throw new AppError(
        'unavailable',
        'gateway.upstream_sessions_exhausted',
        `one session reaches at most ${this.#limits.maxUpstreamSessions} servers that keep sessions: open another`,
        { retryAfterSeconds: SESSIONS_RETRY_AFTER_S },
      );
    }
    upstreamSessions.set(serverId, upstream);
    return true;
  }

  detachUpstream(session: ClientSession, serverId: string, upstream: UpstreamSession): boolean {
    const held = this.#live(session)?.upstreamSessions;
    return held?.get(serverId) === upstream && held.delete(serverId);
  }

  subscribe(session: ClientSession, serverId: string, uri: string): boolean {
    const live = this.#live(session);
    if (!live) return false;
    if (live.subscribe(serverId, uri, this.#limits.maxSubscriptionCharacters)) return true;
    throw new AppError(
      'invalid',
      'gateway.subscriptions_exhausted',
      'this session has no room for another resource subscription: unsubscribe from some first',
    );
  }

  unsubscribe(session: ClientSession, serverId: string, uri: string): boolean {
    const live = this.#live(session);
    live?.unsubscribe(serverId, uri);
    return live !== undefined;
  }

  sweep(nowMs: number): number {
    let closed = 0;
    for (const session of this.#shelf.idle()) {
      if (!this.#isExpired(session, nowMs)) break;
      this.#close(session, 'expired');
      closed += 1;
    }
    return closed;
  }

  onClose(listener: SessionCloseListener): void {
    this.#listeners.push(listener);
  }

  closeAll(): void {
    for (const session of this.#shelf.all()) this.#close(session, 'shutdown');
  }

  #refuseTooLarge({ clientCapabilities, clientInfo }: NewSession): void {
    const { maxClientCharacters } = this.#limits;
    if (JSON.stringify([clientCapabilities, clientInfo]).length <= maxClientCharacters) return;
    throw new AppError(
      'too_large',
      'gateway.client_too_large',
      `capabilities and clientInfo of \`initialize\` may have ${maxClientCharacters} characters together`,
    );
  }

  /** Nobody loses a session to another principal: whoever asks for room gives up one of its own. */
  #makeRoom(owner: SessionOwner, now: number): void {
    if (!this.#isFull(owner)) return;
    this.sweep(now);
    if (!this.#isFull(owner)) return;
    const longestIdle = this.#shelf.longestIdleOf(owner);
    if (!longestIdle) {
      throw new AppError(
        'unavailable',
        'gateway.sessions_exhausted',
        this.#shelf.countOf(owner) >= this.#limits.maxPerPrincipal
          ? `all of your ${this.#limits.maxPerPrincipal} sessions have calls or streams open: end some, then try again`
          : 'this replica has no room for another session now: try again later',
        { retryAfterSeconds: SESSIONS_RETRY_AFTER_S },
      );
    }
    this.#close(longestIdle, 'evicted');
  }

  #isFull(owner: SessionOwner): boolean {
    const { maxSessions, maxPerPrincipal } = this.#limits;
    return this.#shelf.size >= maxSessions || this.#shelf.countOf(owner) >= maxPerPrincipal;
  }

  #isExpired(session: ClientSession, nowMs: number): boolean {
    return !isBusy(session) && nowMs - session.lastUsedAtMs >= this.#limits.idleMs;
  }

  #use(session: MemorySession): void {
    session.lastUsedAtMs = this.clock.nowMs();
    this.#shelf.used(session);
  }

  /** The session as it can be changed, unless it has ended. */
  #live(session: ClientSession): MemorySession | undefined {
    const found = this.#shelf.get(session.id);
    return found === session ? found : undefined;
  }

  #close(session: MemorySession, reason: CloseReason): void {
    this.#shelf.remove(session);
    for (const listener of this.#listeners) listener(session, reason);
  }
}

function count(session: MemorySession, activity: SessionActivity, by: 1 | -1): void {
  if (activity === 'call') session.openCalls += by;
  else session.openStreams += by;
}
