import type { Clock } from '../../../kernel/clock.js';
import { type ClientSession, isBusy, type SessionOwner } from './client-session.js';
import { replicaFull } from './session-errors.js';
import type { SessionLimits } from './session-limits.js';
import type { StoredSession } from './session-codec.js';
import type { SessionRecord } from './session-records.js';
import { SessionShelf } from './session-shelf.js';
import type {
  CloseReason,
  SessionCloseListener,
  SubscriptionsChangedListener,
  UpstreamAttachedListener,
} from './session-store.js';
import { SharedSession } from './shared-session.js';

/** A replica's copies of shared sessions, and who hears when one leaves. */
export class SessionCopies {
  readonly #shelf = new SessionShelf<SharedSession>();
  readonly #listeners: SessionCloseListener[] = [];
  readonly #attachedListeners: UpstreamAttachedListener[] = [];
  readonly #subscriptionListeners: SubscriptionsChangedListener[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly limits: SessionLimits,
  ) {}

  get size(): number {
    return this.#shelf.size;
  }

  get(id: string): SharedSession | undefined {
    return this.#shelf.get(id);
  }

  /** The session as it can be changed, unless it has ended or left. */
  live(session: ClientSession): SharedSession | undefined {
    const found = this.#shelf.get(session.id);
    return found === session ? found : undefined;
  }

  all(): IterableIterator<SharedSession> {
    return this.#shelf.all();
  }

  countOf(owner: SessionOwner): number {
    return this.#shelf.countOf(owner);
  }

  longestIdleOf(owner: SessionOwner): SharedSession | undefined {
    return this.#shelf.longestIdleOf(owner);
  }

  add(session: SharedSession): void {
    this.#shelf.add(session);
  }

  used(session: SharedSession): void {
    session.lastUsedAtMs = this.clock.nowMs();
    this.#shelf.used(session);
  }

  isExpired(session: SharedSession, nowMs = this.clock.nowMs()): boolean {
    return !isBusy(session) && nowMs - session.lastUsedAtMs >= this.limits.idleMs;
  }

  /** What is expired here, for the longest first. */
  *expired(nowMs: number): IterableIterator<SharedSession> {
    for (const session of this.#shelf.idle()) {
      if (!this.isExpired(session, nowMs)) return;
      yield session;
    }
  }

  /** A copy that Redis has is no loss. @throws AppError `gateway.sessions_exhausted` */
  makeRoom(): void {
    if (this.#shelf.size < this.limits.maxSessions) return;
    for (const session of this.#shelf.idle()) {
      if (!session.isWritten) continue;
      this.close(session, 'released');
      return;
    }
    throw replicaFull();
  }

  onUpstreamAttached(listener: UpstreamAttachedListener): void {
    this.#attachedListeners.push(listener);
  }

  onSubscriptionsChanged(listener: SubscriptionsChangedListener): void {
    this.#subscriptionListeners.push(listener);
  }

  /** Takes over what another replica wrote of a live session, and tells of what is new here. */
  adopt(session: SharedSession, stored: StoredSession, stamp: string): void {
    const held = new Map(session.upstreamSessions);
    const subscribed = changedSubscriptions(session, stored);
    session.adopt(stored, stamp);
    for (const serverId of subscribed) {
      for (const listener of this.#subscriptionListeners) listener(session, serverId);
    }
    for (const [serverId, upstream] of session.upstreamSessions) {
      if (held.get(serverId) === upstream) continue;
      for (const listener of this.#attachedListeners) listener(session, serverId, upstream);
    }
  }

  onClose(listener: SessionCloseListener): void {
    this.#listeners.push(listener);
  }

  close(session: SharedSession, reason: CloseReason): void {
    if (!this.live(session)) return;
    this.#shelf.remove(session);
    this.tellEnd(session, reason);
  }

  /** Of a session too that this replica never had a copy of. */
  tellEnd(session: SharedSession, reason: CloseReason): void {
    for (const listener of this.#listeners) listener(session, reason);
  }
}

/** The servers at which the session is subscribed to other resources than here. */
function changedSubscriptions(here: ClientSession, there: StoredSession): string[] {
  const ids = new Set([...here.subscriptions.keys(), ...there.subscriptions.keys()]);
  return [...ids].filter((id) => {
    const [held, theirs] = [here.subscriptions.get(id), there.subscriptions.get(id)];
    return held?.size !== theirs?.size || [...(held ?? [])].some((uri) => theirs?.has(uri) !== true);
  });
}

/** A copy, not yet among the others. */
export function copyOf(id: string, { stamp, session: stored, usedAtMs }: SessionRecord): SharedSession {
  const session = new SharedSession(id, stored.owner, stored, stored.createdAtMs, '');
  session.adopt(stored, stamp);
  session.lastUsedAtMs = session.toldUseAtMs = usedAtMs;
  session.isWritten = true;
  return session;
}
