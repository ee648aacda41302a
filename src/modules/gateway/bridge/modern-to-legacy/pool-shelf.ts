import type { PooledSession } from './pooled-session.js';

/** Sessions of the pool by all that they are looked for: no I/O, and no walk over those that live. */
export class PoolShelf {
  readonly #byKey = new Map<string, Set<PooledSession>>();
  readonly #byServer = new Map<string, Set<PooledSession>>();
  readonly #byPrincipal = new Map<string, Set<PooledSession>>();
  /** Without a call, the longest unused first. */
  readonly #idle = new Set<PooledSession>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  countOfKey(key: string): number {
    return this.#byKey.get(key)?.size ?? 0;
  }

  countOfPrincipal(principal: string): number {
    return this.#byPrincipal.get(principal)?.size ?? 0;
  }

  /** One that a call may use now. */
  usable(key: string): PooledSession | undefined {
    for (const session of this.#byKey.get(key) ?? []) {
      if (!session.doomed && (!session.exclusive || session.calls.size === 0)) return session;
    }
    return undefined;
  }

  add(session: PooledSession): void {
    into(this.#byKey, session.key, session);
    into(this.#byServer, session.server.id, session);
    into(this.#byPrincipal, session.principal, session);
    this.#size += 1;
  }

  /** Whether it was there. */
  remove(session: PooledSession): boolean {
    if (!outOf(this.#byKey, session.key, session)) return false;
    outOf(this.#byServer, session.server.id, session);
    outOf(this.#byPrincipal, session.principal, session);
    this.#idle.delete(session);
    this.#size -= 1;
    return true;
  }

  /** A call began on it, or its last one ended. */
  used(session: PooledSession, nowMs: number): void {
    session.lastUsedAtMs = nowMs;
    this.#idle.delete(session);
    if (session.calls.size === 0) this.#idle.add(session);
  }

  /** The longest unused first; removing while iterating is safe. */
  idle(): IterableIterator<PooledSession> {
    return this.#idle.values();
  }

  longestIdle(principal?: string): PooledSession | undefined {
    for (const session of this.#idle) if (principal === undefined || session.principal === principal) return session;
    return undefined;
  }

  ofServer(serverId: string): PooledSession[] {
    return [...(this.#byServer.get(serverId) ?? [])];
  }

  all(): PooledSession[] {
    return [...this.#byServer.values()].flatMap((sessions) => [...sessions]);
  }
}

function into(map: Map<string, Set<PooledSession>>, key: string, session: PooledSession): void {
  const known = map.get(key);
  if (known) known.add(session);
  else map.set(key, new Set([session]));
}

function outOf(map: Map<string, Set<PooledSession>>, key: string, session: PooledSession): boolean {
  const known = map.get(key);
  const was = known?.delete(session) === true;
  if (known?.size === 0) map.delete(key);
  return was;
}
