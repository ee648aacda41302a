const BUCKETS = 10;
const BUCKET_MS = 1000;

/** Calls and failures of the last 10 seconds, in a ring of one-second buckets: constant memory, no timer. */
export class FailureWindow {
  readonly #calls = new Uint32Array(BUCKETS);
  readonly #failures = new Uint32Array(BUCKETS);
  #tick = 0;
  #totalCalls = 0;
  #totalFailures = 0;

  /** Calls counted when the last one was recorded. */
  get calls(): number {
    return this.#totalCalls;
  }

  get failures(): number {
    return this.#totalFailures;
  }

  record(failed: boolean, nowMs: number): void {
    this.#advance(Math.floor(nowMs / BUCKET_MS));
    const bucket = this.#tick % BUCKETS;
    this.#calls[bucket] = (this.#calls[bucket] ?? 0) + 1;
    this.#totalCalls += 1;
    if (!failed) return;
    this.#failures[bucket] = (this.#failures[bucket] ?? 0) + 1;
    this.#totalFailures += 1;
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.#totalCalls = 0;
    this.#totalFailures = 0;
  }

  #advance(tick: number): void {
    // A clock that was set back leaves buckets of a future that may never come: start again.
    if (tick < this.#tick || tick >= this.#tick + BUCKETS) this.clear();
    else for (let old = this.#tick + 1; old <= tick; old += 1) this.#empty(old % BUCKETS);
    this.#tick = tick;
  }

  #empty(bucket: number): void {
    this.#totalCalls -= this.#calls[bucket] ?? 0;
    this.#totalFailures -= this.#failures[bucket] ?? 0;
    this.#calls[bucket] = 0;
    this.#failures[bucket] = 0;
  }
}
