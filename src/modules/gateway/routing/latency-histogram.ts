const SMALLEST_MS = 0.1;
const BUCKETS_PER_DOUBLING = 4;
/** The last one holds what lasted 10 minutes and more. */
const BUCKETS = 92;

/** Durations in logarithmic buckets: under 400 bytes, quantiles within 10 % whatever the range. */
export class LatencyHistogram {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  get sumMs(): number {
    return this.#sumMs;
  }

  record(durationMs: number): void {
    const bucket = bucketOf(durationMs);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sumMs += durationMs;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
    this.#sumMs = 0;
    this.#maxMs = 0;
  }

  addFrom(other: LatencyHistogram): void {
    for (let i = 0; i < BUCKETS; i += 1) this.#buckets[i] = (this.#buckets[i] ?? 0) + (other.#buckets[i] ?? 0);
    this.#count += other.#count;
    this.#sumMs += other.#sumMs;
    this.#maxMs = Math.max(this.#maxMs, other.#maxMs);
  }

  /** The duration that a share `q` (0 to 1) of all stayed within; `undefined` when none was recorded. */
  quantileMs(q: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(q * this.#count));
    let below = 0;
    for (let i = 0; i < BUCKETS; i += 1) {
      const here = this.#buckets[i] ?? 0;
      if (below + here >= rank) {
        const share = (rank - below) / here;
        const from = i === 0 ? 0 : upperBoundMs(i - 1);
        return Math.min(this.#maxMs, from + (upperBoundMs(i) - from) * share);
      }
      below += here;
    }
    return this.#maxMs;
  }
}

function bucketOf(durationMs: number): number {
  if (!(durationMs > SMALLEST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log2(durationMs / SMALLEST_MS) * BUCKETS_PER_DOUBLING));
}

function upperBoundMs(bucket: number): number {
  return SMALLEST_MS * 2 ** (bucket / BUCKETS_PER_DOUBLING);
}
