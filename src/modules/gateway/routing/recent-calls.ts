import { LatencyHistogram } from './latency-histogram.js';

const PERIOD_MS = 300_000;

class Period {
  readonly latency = new LatencyHistogram();
  failures = 0;

  clear(): void {
    this.latency.clear();
    this.failures = 0;
  }
}

export interface RecentFigures {
  /** Share of the ended calls that succeeded, 0 to 1; `null` when none ended lately. */
  readonly successRate: number | null;
  /** Over calls that succeeded: how long a failed one took is the failure's doing. */
  readonly averageResponseMs: number | null;
  readonly p95ResponseMs: number | null;
}

/**
 * How one upstream's calls of the last 5 to 10 minutes went: two periods that take turns, so that an
 * upstream which worked for a week and broke an hour ago does not look well. Monotonic milliseconds.
 */
export class RecentCalls {
  #current = new Period();
  #previous = new Period();
  #startedMs: number;

  constructor(nowMs: number) {
    this.#startedMs = nowMs;
  }

  succeeded(durationMs: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#current.latency.record(durationMs);
  }

  failed(nowMs: number): void {
    this.#turn(nowMs);
    this.#current.failures += 1;
  }

  figures(nowMs: number): RecentFigures {
    this.#turn(nowMs);
    const latency = new LatencyHistogram();
    latency.addFrom(this.#previous.latency);
    latency.addFrom(this.#current.latency);
    const ended = latency.count + this.#previous.failures + this.#current.failures;
    return {
      successRate: ended === 0 ? null : latency.count / ended,
      averageResponseMs: latency.count === 0 ? null : latency.sumMs / latency.count,
      p95ResponseMs: latency.quantileMs(0.95) ?? null,
    };
  }

  #turn(nowMs: number): void {
    const age = nowMs - this.#startedMs;
    if (age < PERIOD_MS) return;
    const oldest = this.#previous;
    this.#previous = this.#current;
    this.#current = oldest;
    this.#current.clear();
    if (age >= 2 * PERIOD_MS) this.#previous.clear();
    this.#startedMs = nowMs;
  }
}
