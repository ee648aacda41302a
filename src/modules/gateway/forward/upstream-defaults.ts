/** What holds for an upstream whose owner set nothing. */
export interface UpstreamDefaults {
  /** To the end of an answer, or to the beginning of one that is an event stream. */
  readonly timeoutMs: number;
  /** Calls at once. */
  readonly maxInFlight: number;
}

export const UPSTREAM_DEFAULTS = Symbol('UPSTREAM_DEFAULTS');
