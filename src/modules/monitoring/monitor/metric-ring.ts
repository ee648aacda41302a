/** The samples of one metric, the last `capacity` of them: what is older is overwritten. */
export class MetricRing {
  readonly #values: Float64Array;
  readonly #timesMs: Float64Array;
  #written = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
    this.#timesMs = new Float64Array(capacity);
  }

  push(value: number, atMs: number): void {
    const index = this.#written % this.#values.length;
    this.#values[index] = value;
    this.#timesMs[index] = atMs;
    this.#written += 1;
  }

  /** The values that were sampled at `fromMs` or later, oldest first. */
  since(fromMs: number): number[] {
    const { length } = this.#values;
    const values: number[] = [];
    for (let n = Math.max(0, this.#written - length); n < this.#written; n += 1) {
      if ((this.#timesMs[n % length] ?? 0) >= fromMs) values.push(this.#values[n % length] ?? 0);
    }
    return values;
  }
}
