/** What bounds the sessions that this replica holds with legacy servers for modern clients. */
export interface PoolLimits {
  readonly maxSessions: number;
  readonly maxPerPrincipal: number;
  /** Of one principal with one server, for clients that declare the same. */
  readonly maxPerKey: number;
  /** A session that no call uses ends after this long. */
  readonly idleMs: number;
}

export const POOL_LIMITS: PoolLimits = Object.freeze({
  maxSessions: 4096,
  maxPerPrincipal: 512,
  maxPerKey: 64,
  idleMs: 5 * 60_000,
});

/** What bounds calls that wait for their client's answer. */
export interface SuspensionLimits {
  readonly maxCalls: number;
  /** Fewer than a server takes at once: they keep their places there. */
  readonly maxPerPrincipal: number;
  /** From the question to its answer, since a person may have to think; so long an outcome that comes meanwhile is kept. */
  readonly answerWithinMs: number;
}

export const SUSPENSION_LIMITS: SuspensionLimits = Object.freeze({
  maxCalls: 2000,
  maxPerPrincipal: 32,
  answerWithinMs: 5 * 60_000,
});

/** Told to a caller for whom there is no room. */
export const RETRY_AFTER_S = 5;
