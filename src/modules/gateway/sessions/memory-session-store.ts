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
import {
  ownSessionsBusy,
  refuseTooLarge,
  replicaFull,
  subscriptionsExhausted,
  upstreamSessionsExhausted,
} from './session-errors.js';
import { newSessionId } from './session-id.js';
import { SESSION_LIMITS, type SessionLimits } from './session-limits.js';
import { SessionShelf } from './session-shelf.js';
import type {
  CloseReason,
  SessionActivity,
  SessionCloseListener,
  SessionLease,
  SessionStore,
} from './session-store.js';

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
    refuseTooLarge(given, this.#limits);
    const now = this.clock.nowMs();
    this.#makeRoom(owner, now);
    const session = new MemorySession(newSessionId(), owner, given, now);
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
    live.count(activity, 1);
    this.#use(live);
    let open = true;
    return {
      close: () => {
        if (!open) return;
        open = false;
        live.count(activity, -1);
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

  /** There are no other replicas. */
  refresh(): void {}

  setLogLevel(session: ClientSession, level: string): boolean {
    const live = this.#live(session);
    if (live) live.logLevel = level;
    return live !== undefined;
  }

  attachUpstream(session: ClientSession, serverId: string, upstream: UpstreamSession): UpstreamSession | undefined {
    const live = this.#live(session);
    if (!live) return undefined;
    const standing = live.attach(serverId, upstream, this.#limits.maxUpstreamSessions);
    if (!standing) throw upstreamSessionsExhausted(this.#limits);
    return standing;
  }

  detachUpstream(session: ClientSession, serverId: string, upstream: UpstreamSession): boolean {
    return this.#live(session)?.detach(serverId, upstream) ?? false;
  }

  subscribe(session: ClientSession, serverId: string, uri: string): boolean {
    const live = this.#live(session);
    if (!live) return false;
    if (live.subscribe(serverId, uri, this.#limits.maxSubscriptionCharacters)) return true;
    throw subscriptionsExhausted();
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

  /** There are no other replicas. */
  onUpstreamAttached(): void {}

  /** There are no other replicas. */
  onSubscriptionsChanged(): void {}

  closeAll(): void {
    for (const session of this.#shelf.all()) this.#close(session, 'shutdown');
  }

  /** Nobody loses a session to another principal: whoever asks for room gives up one of its own. */
  #makeRoom(owner: SessionOwner, now: number): void {
    if (!this.#isFull(owner)) return;
    this.sweep(now);
    if (!this.#isFull(owner)) return;
    const longestIdle = this.#shelf.longestIdleOf(owner);
    if (!longestIdle) {
      throw this.#shelf.countOf(owner) >= this.#limits.maxPerPrincipal ? ownSessionsBusy(this.#limits) : replicaFull();
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
