import type { Clock } from '../../../kernel/clock.js';
import { FailureWindow } from './failure-window.js';

export type BreakerState = 'closed' | 'open' | 'half_open';

/** Leave to make one call. The first of the three counts, later ones do nothing. */
export interface Permit {
  succeed(): void;
  /** The upstream failed: 5xx, timeout, broken stream. The caller's own mistake is no failure. */
  fail(): void;
  /** Nothing was learnt, e.g. the caller left. A cancelled probe makes room for another. */
  cancel(): void;
}

export interface BreakerRefusal {
  /** When it is worth trying again, above 0. */
  readonly retryAfterMs: number;
}

export const CONSECUTIVE_FAILURES_TO_OPEN = 5;
export const WINDOW_MIN_CALLS = 20;
export const WINDOW_FAILURE_SHARE = 0.5;
export const FIRST_OPEN_MS = 30_000;
export const LONGEST_OPEN_MS = 300_000;

/** What callers are told to wait while the one probe is under way. */
const PROBE_RETRY_MS = 1000;
/** Longer than any call may last: a probe that nobody settled must not keep the breaker half-open for ever. */
const PROBE_LEASE_MS = 660_000;

type Outcome = 'succeeded' | 'failed' | 'cancelled';

/**
 * One upstream's circuit breaker. Opens at 5 failures in a row, or when half or more of at least 20
 * calls within 10 s failed; stays open for 30 s, twice as long after each failed probe, 300 s at most;
 * then lets exactly one probe through, whose success closes it. Time is read at calls, there is no timer.
 */
export class CircuitBreaker {
  readonly #window = new FailureWindow();
  #state: BreakerState = 'closed';
  /** Counts state changes: a call that began under another state says nothing about this one. */
  #epoch = 0;
  #consecutiveFailures = 0;
  #openedAtMs: number | undefined;
  #openMs = FIRST_OPEN_MS;
  #openUntilMs = 0;
  #probeUntilMs: number | undefined;

  constructor(private readonly clock: Clock) {}

  /** `half_open` as soon as a probe would be let through. */
  get state(): BreakerState {
    return this.#state === 'open' && this.retryAfterMs === 0 ? 'half_open' : this.#state;
  }

  /** Failures in a row, the probes' included; 0 after a success. */
  get consecutiveFailures(): number {
    return this.#consecutiveFailures;
  }

  /** When it last opened, by a failed probe too; `undefined` when closed. */
  get openedAt(): Date | undefined {
    return this.#openedAtMs === undefined ? undefined : new Date(this.#openedAtMs);
  }

  /** 0 when {@link tryAcquire} would give a permit now. */
  get retryAfterMs(): number {
    if (this.#state === 'closed') return 0;
    const now = this.clock.nowMs();
    if (this.#state === 'half_open') return now < (this.#probeUntilMs ?? 0) ? PROBE_RETRY_MS : 0;
    // A clock that was set back must not prolong the wait.
    this.#openUntilMs = Math.min(this.#openUntilMs, now + this.#openMs);
    return Math.max(0, this.#openUntilMs - now);
  }

  tryAcquire(): Permit | BreakerRefusal {
    const retryAfterMs = this.retryAfterMs;
    if (retryAfterMs > 0) return { retryAfterMs };
    if (this.#state !== 'closed') {
      this.#enter('half_open');
      this.#probeUntilMs = this.clock.nowMs() + PROBE_LEASE_MS;
    }
    return new CountedPermit(this.#settle, this.#epoch);
  }

  readonly #settle = (epoch: number, outcome: Outcome): void => {
    if (epoch !== this.#epoch) return;
    if (outcome === 'cancelled') {
      this.#probeUntilMs = undefined;
      return;
    }
    const failed = outcome === 'failed';
    this.#consecutiveFailures = failed ? this.#consecutiveFailures + 1 : 0;
    if (this.#state === 'half_open') {
      if (failed) this.#open(Math.min(this.#openMs * 2, LONGEST_OPEN_MS));
      else this.#close();
      return;
    }
    this.#window.record(failed, this.clock.nowMs());
    if (this.#isFailing()) this.#open(FIRST_OPEN_MS);
  };

  #isFailing(): boolean {
    const { calls, failures } = this.#window;
    return (
      this.#consecutiveFailures >= CONSECUTIVE_FAILURES_TO_OPEN ||
      (calls >= WINDOW_MIN_CALLS && failures >= calls * WINDOW_FAILURE_SHARE)
    );
  }

  #open(forMs: number): void {
    this.#enter('open');
    this.#openMs = forMs;
    this.#openedAtMs = this.clock.nowMs();
    this.#openUntilMs = this.#openedAtMs + forMs;
  }

  #close(): void {
    this.#enter('closed');
    this.#openedAtMs = undefined;
    this.#window.clear();
  }

  #enter(state: BreakerState): void {
    this.#state = state;
    this.#epoch += 1;
    this.#probeUntilMs = undefined;
  }
}

class CountedPermit implements Permit {
  #settled = false;

  constructor(
    private readonly report: (epoch: number, outcome: Outcome) => void,
    private readonly epoch: number,
  ) {}

  succeed(): void {
    this.#once('succeeded');
  }

  fail(): void {
    this.#once('failed');
  }

  cancel(): void {
    this.#once('cancelled');
  }

  #once(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.report(this.epoch, outcome);
  }
}
