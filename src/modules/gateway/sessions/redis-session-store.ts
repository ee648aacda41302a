import type { Clock } from '../../../kernel/clock.js';
import {
  type ClientSession,
  isBusy,
  type NewSession,
  ownsSession,
  type SessionOwner,
  type UpstreamSession,
} from './client-session.js';
import { inBatches } from './in-batches.js';
import { copyOf, SessionCopies } from './session-copies.js';
import { SessionEnds } from './session-ends.js';
import {
  ownSessionsBusy,
  refuseTooLarge,
  sessionsUnavailable,
  subscriptionsExhausted,
  upstreamSessionsExhausted,
} from './session-errors.js';
import { isSessionId, newSessionId } from './session-id.js';
import type { SessionLimits } from './session-limits.js';
import { nameOf, type SessionRecords } from './session-records.js';
import type {
  MaybePromise,
  SessionActivity,
  SessionCloseListener,
  SessionLease,
  SessionStore,
  SubscriptionsChangedListener,
  UpstreamAttachedListener,
} from './session-store.js';
import { type Change, GONE, SessionSync, type Standing } from './session-sync.js';
import { SharedSession } from './shared-session.js';

/** For this long a copy is believed without asking: what ended elsewhere, unheard, lives no longer here. */
const BELIEVED_MS = 3000;
/** Redis is told of a session's use no more often. */
const TELL_USE_EVERY_MS = 30_000;
/** How long a session counts as busy at a replica that says nothing more; a sweep says it anew. */
const BUSY_FOR_MS = 3 * 60_000;
/** After Redis was away, others may not have written yet what they know. */
const SETTLING_MS = 5000;
const EVICTION_TRIES = 8;
const SWEEP_BATCH = 200;
const SWEEP_BATCHES = 50;

export interface SharedStoreParts {
  readonly clock: Clock;
  readonly records: SessionRecords;
  readonly limits: SessionLimits;
  /** Names this replica. */
  readonly replica: string;
  /** Whether Redis is of use now. */
  readonly isRedisReady: () => boolean;
}

/**
 * Sessions that all replicas share. Each has copies of those that it has seen, so that a request of a
 * known one does not ask Redis, and goes on without it.
 */
export class RedisSessionStore implements SessionStore {
  readonly #copies: SessionCopies;
  readonly #ends: SessionEnds;
  readonly #sync: SessionSync;
  #settledAtMs = -Infinity;

  constructor(private readonly parts: SharedStoreParts) {
    const { clock, limits, records } = parts;
    this.#copies = new SessionCopies(clock, limits);
    this.#ends = new SessionEnds(this.#copies, records, clock, limits);
    this.#sync = new SessionSync(records, clock, this.#copies);
  }

  get size(): number {
    return this.#copies.size;
  }

  async create(owner: SessionOwner, given: NewSession): Promise<ClientSession> {
    const { limits, records, clock, replica } = this.parts;
    refuseTooLarge(given, limits);
    this.#copies.makeRoom();
    const session = new SharedSession(newSessionId(), owner, given, clock.nowMs(), replica);
    for (let tries = 0; tries < EVICTION_TRIES; tries += 1) {
      const saved = await records.save(session, limits.maxPerPrincipal);
      if (saved?.kind === 'full') {
        await this.#ends.evictOne(owner, saved.byUse);
        continue;
      }
      if (saved) session.agreed(clock.nowMs());
      else this.#ends.evictCopyOf(owner);
      session.toldUseAtMs = clock.nowMs();
      this.#copies.add(session);
      return session;
    }
    throw ownSessionsBusy(limits);
  }

  get(owner: SessionOwner, id: string): MaybePromise<ClientSession | undefined> {
    const session = this.#copies.get(id);
    if (!session) return isSessionId(id) ? this.#fetch(owner, id) : undefined;
    if (!ownsSession(owner, session)) return undefined;
    return this.#isBelieved(session) ? session : this.#confirmed(session);
  }

  touch(session: ClientSession): void {
    const live = this.#copies.live(session);
    if (live) this.#use(live);
  }

  open(session: ClientSession, activity: SessionActivity): SessionLease | undefined {
    const live = this.#copies.live(session);
    if (!live) return undefined;
    live.count(activity, 1);
    this.#use(live, activity === 'stream' && !live.toldBusy);
    let open = true;
    return {
      close: () => {
        if (!open) return;
        open = false;
        live.count(activity, -1);
        if (this.#copies.live(live)) this.#use(live, live.toldBusy && !isBusy(live));
      },
    };
  }

  async delete(owner: SessionOwner, id: string): Promise<boolean> {
    const session = await this.get(owner, id);
    const live = session && this.#copies.live(session);
    if (!live) return false;
    const ending = await this.#ends.end(nameOf(live), 'deleted');
    if (ending !== undefined) return ending === 'ended';
    this.#ends.endUnheard(live, 'deleted');
    return true;
  }

  async refresh(session: ClientSession): Promise<void> {
    const live = this.#copies.live(session);
    if (live) await this.#recheckAnew(live);
  }

  async setLogLevel(session: ClientSession, level: string): Promise<boolean> {
    const done = await this.#change(session, (live) => {
      const changed = live.logLevel !== level;
      live.logLevel = level;
      return { changed, result: true };
    });
    return done ?? false;
  }

  async attachUpstream(
    session: ClientSession,
    serverId: string,
    upstream: UpstreamSession,
  ): Promise<UpstreamSession | undefined> {
    return this.#change(session, (live) => {
      const standing = live.attach(serverId, upstream, this.parts.limits.maxUpstreamSessions);
      if (!standing) throw upstreamSessionsExhausted(this.parts.limits);
      return { changed: standing === upstream, result: standing };
    });
  }

  async detachUpstream(session: ClientSession, serverId: string, upstream: UpstreamSession): Promise<boolean> {
    const done = await this.#change(session, (live) => {
      const changed = live.detach(serverId, upstream);
      return { changed, result: changed };
    });
    return done ?? false;
  }

  async subscribe(session: ClientSession, serverId: string, uri: string): Promise<boolean> {
    const done = await this.#change(session, (live) => {
      const changed = live.subscriptions.get(serverId)?.has(uri) !== true;
      if (!live.subscribe(serverId, uri, this.parts.limits.maxSubscriptionCharacters)) throw subscriptionsExhausted();
      return { changed, result: true };
    });
    return done ?? false;
  }

  async unsubscribe(session: ClientSession, serverId: string, uri: string): Promise<boolean> {
    const done = await this.#change(session, (live) => {
      const changed = live.subscriptions.get(serverId)?.has(uri) === true;
      live.unsubscribe(serverId, uri);
      return { changed, result: true };
    });
    return done ?? false;
  }

  /** Any replica sweeps for all: the one whose removal comes first ends the session. */
  async sweep(nowMs: number): Promise<number> {
    const { records, limits } = this.parts;
    await inBatches([...this.#copies.all()].filter(isBusy), (session) => this.#tell(session));
    const unusedSinceMs = nowMs - limits.idleMs;
    let closed = 0;
    for (let batch = 0; batch < SWEEP_BATCHES; batch += 1) {
      const due = (await records.unusedSince(unusedSinceMs, SWEEP_BATCH)) ?? [];
      await inBatches(due, async (name) => {
        const copy = this.#copies.get(name.id);
        if (copy && !this.#copies.isExpired(copy, nowMs)) await this.#tell(copy);
        else if ((await this.#ends.end(name, 'expired', unusedSinceMs)) === 'ended') closed += 1;
      });
      if (due.length < SWEEP_BATCH) break;
    }
    for (const session of this.#copies.expired(nowMs)) {
      // Of what Redis has, another sweep is the end.
      this.#copies.close(session, session.isWritten ? 'released' : 'expired');
      if (!session.isWritten) closed += 1;
    }
    return closed;
  }

  onClose(listener: SessionCloseListener): void {
    this.#copies.onClose(listener);
  }

  onUpstreamAttached(listener: UpstreamAttachedListener): void {
    this.#copies.onUpstreamAttached(listener);
  }

  onSubscriptionsChanged(listener: SubscriptionsChangedListener): void {
    this.#copies.onSubscriptionsChanged(listener);
  }

  closeAll(): void {
    for (const session of this.#copies.all()) {
      this.#copies.close(session, session.isWritten ? 'released' : 'shutdown');
    }
  }

  /** Another replica changed or ended a session. */
  async heard(id: string): Promise<void> {
    const session = this.#copies.get(id);
    if (session) await this.#recheckAnew(session);
  }

  /** Announcements may have been missed. */
  believeNone(): void {
    for (const session of this.#copies.all()) session.checkedAtMs = -Infinity;
  }

  /** Redis was away: what happened meanwhile is told to it now, and what it lost is given back. */
  async redisBack(): Promise<void> {
    this.#settledAtMs = this.parts.clock.nowMs() + SETTLING_MS;
    this.believeNone();
    await this.#ends.tellUnheard();
    await inBatches([...this.#copies.all()], (session) => this.#recheckAnew(session));
  }

  async #fetch(owner: SessionOwner, id: string): Promise<ClientSession | undefined> {
    if (this.#ends.isUnheard(id)) return undefined;
    const { records, clock } = this.parts;
    const loaded = await records.load(id);
    const isSettling = clock.nowMs() < this.#settledAtMs;
    if (!loaded || (loaded.kind === 'absent' && isSettling)) throw sessionsUnavailable();
    if (loaded.kind !== 'known' || !ownsSession(owner, loaded.session)) return undefined;
    // Another request may have fetched it meanwhile.
    const known = this.#copies.get(id);
    if (known) return known;
    const session = copyOf(id, loaded);
    if (this.#copies.isExpired(session)) {
      await this.#ends.end(nameOf(session), 'expired', session.lastUsedAtMs);
      return undefined;
    }
    this.#copies.makeRoom();
    session.agreed(clock.nowMs());
    this.#copies.add(session);
    return session;
  }

  async #confirmed(session: SharedSession): Promise<ClientSession | undefined> {
    await this.#recheck(session);
    if (!this.#copies.live(session)) return undefined;
    if (this.#copies.isExpired(session)) throw sessionsUnavailable();
    return session;
  }

  async #recheck(session: SharedSession): Promise<void> {
    await this.#settle(session, await this.#sync.recheck(session));
  }

  async #recheckAnew(session: SharedSession): Promise<void> {
    await this.#settle(session, await this.#sync.recheckAnew(session));
  }

  async #settle(session: SharedSession, standing: Standing): Promise<void> {
    if (standing === 'gone') this.#copies.close(session, 'released');
    if (standing !== 'expired') return;
    const ending = await this.#ends.end(nameOf(session), 'expired', session.lastUsedAtMs);
    if (ending === 'kept') this.#copies.used(session);
  }

  async #change<T>(session: ClientSession, change: (live: SharedSession) => Change<T>): Promise<T | undefined> {
    const live = this.#copies.live(session);
    if (!live) return undefined;
    const done = await this.#sync.change(live, () => change(live), this.parts.replica);
    if (done !== GONE) return done;
    this.#copies.close(live, 'released');
    return undefined;
  }

  #isBelieved(session: SharedSession): boolean {
    if (this.#copies.isExpired(session)) return false;
    return this.parts.clock.nowMs() - session.checkedAtMs < BELIEVED_MS || !this.parts.isRedisReady();
  }

  #use(session: SharedSession, tellNow = false): void {
    this.#copies.used(session);
    if (tellNow || session.lastUsedAtMs - session.toldUseAtMs >= TELL_USE_EVERY_MS) void this.#tell(session);
  }

  async #tell(session: SharedSession): Promise<void> {
    const now = this.parts.clock.nowMs();
    session.toldUseAtMs = now;
    session.toldBusy = isBusy(session);
    const known = session.toldBusy
      ? await this.parts.records.renew(session, now, now + BUSY_FOR_MS)
      : await this.parts.records.renew(session, session.lastUsedAtMs, undefined);
    if (known === false) await this.#recheck(session);
  }
}
