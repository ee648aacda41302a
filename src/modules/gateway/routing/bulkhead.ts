/** Calls in flight per upstream where its owner sets nothing. */
export const DEFAULT_MAX_IN_FLIGHT = 64;

/** What callers of a full upstream are told to wait: most calls end sooner. */
export const BUSY_RETRY_MS = 1000;

/** Counts one upstream's calls in flight and refuses the one too many; nobody queues. */
export class Bulkhead {
  #inFlight = 0;

  constructor(private maxInFlight: number = DEFAULT_MAX_IN_FLIGHT) {}

  get inFlight(): number {
    return this.#inFlight;
  }

  get full(): boolean {
    return this.#inFlight >= this.maxInFlight;
  }

  /** A lower limit lets what runs end. */
  resize(maxInFlight: number): void {
    this.maxInFlight = maxInFlight;
  }

  /** Whoever gets `true` calls {@link leave} exactly once. */
  tryEnter(): boolean {
    if (this.full) return false;
    this.#inFlight += 1;
    return true;
  }

  leave(): void {
    this.#inFlight -= 1;
  }
}
