/** After this long a measurement counts a third (1/e). */
const DECAY_MS = 10_000;

/**
 * A moving average, weighted by time: how long ago a measurement was decides what it counts, not how
 * many came since. All times are monotonic milliseconds.
 */
export class Ewma {
  #value: number | undefined;
  #measuredAtMs = 0;

  get value(): number | undefined {
    return this.#value;
  }

  observe(measured: number, nowMs: number): void {
    const kept = this.#value === undefined ? 0 : Math.exp(-Math.max(1, nowMs - this.#measuredAtMs) / DECAY_MS);
    this.#value = (this.#value ?? 0) * kept + measured * (1 - kept);
    this.#measuredAtMs = nowMs;
  }

  /** The average as it fades while nothing is measured, so that a slow server is tried again one day. */
  fadedValue(nowMs: number): number | undefined {
    if (this.#value === undefined) return undefined;
    return this.#value * Math.exp(-Math.max(0, nowMs - this.#measuredAtMs) / DECAY_MS);
  }
}
