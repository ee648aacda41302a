/** What holds for an upstream whose owner set nothing. */
export interface UpstreamDefaults {
  /** To the first byte of an answer. */
  readonly timeoutMs: number;
  /** Calls at once. */
  readonly maxInFlight: number;
}

export const UPSTREAM_DEFAULTS = Symbol('UPSTREAM_DEFAULTS');
