/** Steps between a value and its double: a quantile is off by less than 1 %. */
const STEPS = 128;
/** Up to 128 us times 2^20, over two minutes; longer ones count as that. */
const OCTAVES = 20;

/** Latencies in log-linear buckets, as HdrHistogram has them: fixed memory and cheap to record, however long the run. */
export class Histogram {
  readonly #buckets = new Uint32Array(STEPS * (OCTAVES + 1));
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  get meanMs(): number {
    return this.#count === 0 ? 0 : this.#sumMs / this.#count;
  }

  record(ms: number): void {
    this.#count += 1;
    this.#sumMs += ms;
    if (ms > this.#maxMs) this.#maxMs = ms;
    const bucket = bucketOf(ms * 1000);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  /** The latency in milliseconds that the share `quantile` (0 to 1) did not exceed; 0 when nothing was recorded. */
  quantileMs(quantile: number): number {
    const wanted = Math.max(1, Math.ceil(quantile * this.#count));
    let seen = 0;
    for (const [bucket, count] of this.#buckets.entries()) {
      seen += count;
      if (seen >= wanted) return Math.min(middleUs(bucket) / 1000, this.#maxMs);
    }
    return this.#maxMs;
  }
}

function bucketOf(us: number): number {
  if (us < STEPS) return Math.max(0, Math.floor(us));
  const octave = Math.floor(Math.log2(us / STEPS)) + 1;
  if (octave > OCTAVES) return STEPS * (OCTAVES + 1) - 1;
  const start = STEPS * 2 ** (octave - 1);
  return STEPS * octave + Math.min(STEPS - 1, Math.floor(((us - start) / start) * STEPS));
}

function middleUs(bucket: number): number {
  const octave = Math.floor(bucket / STEPS);
  const step = bucket % STEPS;
  if (octave === 0) return step + 0.5;
  const start = STEPS * 2 ** (octave - 1);
  return start * (1 + (step + 0.5) / STEPS);
}
