import type { Decision, Demand } from './demand.js';
import { decide, intervalUs } from './gcra.js';

const BUCKETS_AT_MOST = 100_000;

/**
 * Buckets of this process, without a timer: a full bucket is one that is not there. Beyond the bound
 * the one that was touched longest ago is forgotten.
 */
export class MemoryBuckets {
  /** When each is full again, in microseconds of `nowUs`; the least recently touched first. */
  readonly #fullAtUs = new Map<string, number>();

  constructor(
    private readonly nowUs: () => number,
    private readonly atMost = BUCKETS_AT_MOST,
  ) {}

  get size(): number {
    return this.#fullAtUs.size;
  }

  take(demands: readonly Demand[]): Decision {
    const nowUs = this.nowUs();
    const debts = demands.map(({ key }) => this.#debtUs(key, nowUs));
    const decision = decide(demands, debts);
    // One that is refused was touched too: the bucket that is asked most must not be the one that is forgotten.
    for (const [at, demand] of demands.entries()) {
      const debtUs = (debts[at] ?? 0) + (decision.allowed ? intervalUs(demand) : 0);
      if (debtUs > 0) this.#put(demand.key, nowUs + debtUs);
    }
    return decision;
  }

  /** Takes over what is known elsewhere, so that counting goes on from there; never makes a bucket fuller. */
  learn(key: string, debtUs: number): void {
    const nowUs = this.nowUs();
    this.#put(key, nowUs + Math.max(debtUs, this.#debtUs(key, nowUs)));
  }

  #debtUs(key: string, nowUs: number): number {
    return Math.max(0, (this.#fullAtUs.get(key) ?? 0) - nowUs);
  }

  #put(key: string, fullAtUs: number): void {
    this.#fullAtUs.delete(key);
    this.#fullAtUs.set(key, fullAtUs);
    if (this.#fullAtUs.size <= this.atMost) return;
    for (const oldest of this.#fullAtUs.keys()) {
      this.#fullAtUs.delete(oldest);
      return;
    }
  }
}
