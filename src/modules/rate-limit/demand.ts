/** One bucket that a request takes a token from, and how fast that bucket fills. */
export interface Demand {
  /** Unique over everything counted. All demands of one request carry one hash tag: Redis Cluster wants one slot. */
  readonly key: string;
  /** Tokens that come back a minute, at least 1. */
  readonly perMinute: number;
  /** Tokens that a full bucket holds, at least 1. */
  readonly capacity: number;
}

/** What became of a request. All buckets are taken from, or none. */
export interface Decision {
  readonly allowed: boolean;
  /** Of the bucket with the fewest tokens left. */
  readonly perMinute: number;
  readonly remaining: number;
  /** Until there is a token in every bucket; 0 when allowed. */
  readonly retryAfterMs: number;
}
