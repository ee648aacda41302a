import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../kernel/clock.js';
import type { SessionCopies } from './session-copies.js';
import { sessionsUnavailable } from './session-errors.js';
import type { SessionRecords } from './session-records.js';
import { parseStamp, type SharedSession } from './shared-session.js';

/** Replicas that change one session at once: who lost twice waits a little, else it may lose for ever. */
const TRIES = 16;
const STEP_MS = 5;

export const GONE = Symbol('gone');

/** What a change came to, and whether it changed anything. */
export interface Change<T> {
  readonly changed: boolean;
  readonly result: T;
}

/** `unknown`: Redis is away or late. */
export type Standing = 'stands' | 'gone' | 'expired' | 'unknown';

/**
 * Keeps a replica's copy of a session and that in Redis equal: the higher version is the right one, and
 * of two equal ones that in Redis. What Redis lost (a restart, an eviction) comes back from the copies.
 */
export class SessionSync {
  constructor(
    private readonly records: SessionRecords,
    private readonly clock: Clock,
    private readonly copies: SessionCopies,
  ) {}

  /**
   * Applies `change` to the copy and writes it, again on top of what another replica wrote meanwhile.
   * With Redis away the copy alone is changed, and written by a later {@link recheck}.
   */
  change<T>(session: SharedSession, change: () => Change<T>, writer: string): Promise<T | typeof GONE> {
    return session.exclusively(async () => {
      for (let tries = 0; tries < TRIES; tries += 1) {
        if (!this.copies.live(session)) return GONE;
        const { changed, result } = change();
        if (!changed) return result;
        session.version += 1;
        session.writer = writer;
        const saved = await this.records.save(session);
        if (saved?.kind === 'gone') return GONE;
        if (saved?.kind !== 'conflict') {
          if (saved) session.agreed(this.clock.nowMs());
          return result;
        }
        this.copies.adopt(session, saved.session, saved.stamp);
        if (tries > 0) await sleep(Math.random() * tries * STEP_MS);
      }
      throw sessionsUnavailable();
    });
  }

  /** {@link recheck} of what is there now: one that is under way may have looked before. */
  async recheckAnew(session: SharedSession): Promise<Standing> {
    await (session.rechecking as Promise<Standing> | undefined)?.catch(() => undefined);
    return this.recheck(session);
  }

  /** Asks Redis whether the copy is right, and puts right what is not; once for all who ask together. */
  recheck(session: SharedSession): Promise<Standing> {
    const underWay = session.rechecking as Promise<Standing> | undefined;
    if (underWay) return underWay;
    const rechecking = session
      .exclusively(() => this.#recheck(session))
      .finally(() => {
        session.rechecking = undefined;
      });
    session.rechecking = rechecking;
    return rechecking;
  }

  async #recheck(session: SharedSession): Promise<Standing> {
    const seen = await this.records.look(session.id);
    if (!seen) return 'unknown';
    if (seen.kind === 'gone') return 'gone';
    if (seen.kind === 'known') session.lastUsedAtMs = Math.max(session.lastUsedAtMs, seen.usedAtMs);
    if (this.copies.isExpired(session)) return 'expired';
    if (seen.kind === 'known' && seen.stamp === session.stamp) {
      session.agreed(this.clock.nowMs());
      return 'stands';
    }
    const isTheirs = seen.kind === 'known' && parseStamp(seen.stamp).version >= session.version;
    return isTheirs ? this.#take(session) : this.#give(session);
  }

  async #take(session: SharedSession): Promise<Standing> {
    const loaded = await this.records.load(session.id);
    if (loaded?.kind === 'gone') return 'gone';
    if (loaded?.kind !== 'known') return 'unknown';
    this.copies.adopt(session, loaded.session, loaded.stamp);
    session.agreed(this.clock.nowMs());
    return 'stands';
  }

  async #give(session: SharedSession): Promise<Standing> {
    const saved = await this.records.save(session);
    if (saved?.kind === 'gone') return 'gone';
    if (saved?.kind === 'conflict') this.copies.adopt(session, saved.session, saved.stamp);
    else if (saved?.kind !== 'saved') return 'unknown';
    session.agreed(this.clock.nowMs());
    return 'stands';
  }
}
