/** What bounds a replica's sessions. */
export interface SessionLimits {
  readonly maxSessions: number;
  readonly maxPerPrincipal: number;
  /** A session without an open call or stream ends after this long. */
  readonly idleMs: number;
  /** Servers that one session may hold upstream sessions with. */
  readonly maxUpstreamSessions: number;
  /** Of a session's resource URIs, with {@link SUBSCRIPTION_COST} added for each. */
  readonly maxSubscriptionCharacters: number;
  /** Of `clientCapabilities` and `clientInfo` as JSON, together. */
  readonly maxClientCharacters: number;
}

export const SESSION_LIMITS: SessionLimits = Object.freeze({
  maxSessions: 10_000,
  maxPerPrincipal: 100,
  idleMs: 30 * 60_000,
  maxUpstreamSessions: 256,
  maxSubscriptionCharacters: 65_536,
  maxClientCharacters: 32_768,
});

/** What a subscription costs beside its URI, so that short ones are bounded too. */
export const SUBSCRIPTION_COST = 64;

/** Told to a principal whose sessions are all in use. */
export const SESSIONS_RETRY_AFTER_S = 10;
