import { isBusy, type SessionOwner } from './client-session.js';
import type { MemorySession } from './memory-session.js';

/**
 * Sessions by id and by owner, and the idle ones in the order of their last use, so that neither a
 * request nor a sweep walks over those that live.
 */
export class SessionShelf<S extends MemorySession = MemorySession> {
  readonly #byId = new Map<string, S>();
  readonly #byOwner = new Map<string, Set<S>>();
  /** Without an open call or stream, the longest unused first. */
  readonly #idle = new Set<S>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): S | undefined {
    return this.#byId.get(id);
  }

  countOf(owner: SessionOwner): number {
    return this.#byOwner.get(ownerKey(owner))?.size ?? 0;
  }

  add(session: S): void {
    const key = ownerKey(session.owner);
    const owned = this.#byOwner.get(key);
    if (owned) owned.add(session);
    else this.#byOwner.set(key, new Set([session]));
    this.#byId.set(session.id, session);
    this.#idle.add(session);
  }

  /** Puts a session where its last use, which is now, belongs. */
  used(session: S): void {
    this.#idle.delete(session);
    if (!isBusy(session)) this.#idle.add(session);
  }

  remove(session: S): void {
    this.#byId.delete(session.id);
    this.#idle.delete(session);
    const key = ownerKey(session.owner);
    const owned = this.#byOwner.get(key);
    owned?.delete(session);
    if (owned?.size === 0) this.#byOwner.delete(key);
  }

  all(): IterableIterator<S> {
    return this.#byId.values();
  }

  /** The longest unused first; removing while iterating is safe. */
  idle(): IterableIterator<S> {
    return this.#idle.values();
  }

  longestIdleOf(owner: SessionOwner): S | undefined {
    let longest: S | undefined;
    for (const session of this.#byOwner.get(ownerKey(owner)) ?? []) {
      if (isBusy(session)) continue;
      if (longest === undefined || session.lastUsedAtMs < longest.lastUsedAtMs) longest = session;
    }
    return longest;
  }
}

function ownerKey({ kind, tenantId, subject }: SessionOwner): string {
  return JSON.stringify([kind, tenantId, subject]);
}
