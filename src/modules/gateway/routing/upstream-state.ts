import type { Clock } from '../../../kernel/clock.js';
import { Bulkhead, BUSY_RETRY_MS, DEFAULT_MAX_IN_FLIGHT } from './bulkhead.js';
import type { UpstreamView } from './candidates.js';
import { type BreakerState, CircuitBreaker, type Permit } from './circuit-breaker.js';
import { Ewma } from './ewma.js';
import { RecentCalls, type RecentFigures } from './recent-calls.js';

/** Monotonic milliseconds with fractions, as `performance.now` gives them: durations survive a clock that is set. */
export type Stopwatch = () => number;

/** What the owner of a server sets for it. */
export interface UpstreamSettings {
  readonly maxInFlight?: number;
  readonly weight?: number;
}

/** Why a call may not start now. */
export interface UpstreamRefusal {
  /** `open`: the breaker rests the upstream; `busy`: too many calls in flight. */
  readonly reason: 'open' | 'busy';
  readonly retryAfterMs: number;
}

/** A call under way. The first of the three counts, later ones do nothing. Never leave one unsettled. */
export type UpstreamCall = Permit;

/** One upstream as `GET /api/v1/router/metrics` shows it, of this replica since it started. */
export interface UpstreamMetrics extends RecentFigures {
  readonly activeRequests: number;
  /** Calls that were let through, cancelled ones included. */
  readonly totalRequests: number;
  readonly totalFailures: number;
  readonly circuitBreaker: {
    readonly state: BreakerState;
    readonly consecutiveFailures: number;
    readonly openedAt: Date | null;
  };
}

const BUSY: UpstreamRefusal = Object.freeze({ reason: 'busy', retryAfterMs: BUSY_RETRY_MS });

/** A quick failure must not look like a quick server to the strategies. */
const FAILURE_COUNTS_AS_MS = 1000;

/** All that this replica knows of one upstream server's calls: breaker, bulkhead, counters, latency. */
export class UpstreamState implements UpstreamView {
  readonly #breaker: CircuitBreaker;
  readonly #bulkhead: Bulkhead;
  readonly #ewma = new Ewma();
  readonly #recent: RecentCalls;
  #weight = 1;
  #totalRequests = 0;
  #totalFailures = 0;

  constructor(
    readonly id: string,
    clock: Clock,
    private readonly stopwatch: Stopwatch,
    private readonly defaultMaxInFlight: number = DEFAULT_MAX_IN_FLIGHT,
  ) {
    this.#breaker = new CircuitBreaker(clock);
    this.#bulkhead = new Bulkhead(defaultMaxInFlight);
    this.#recent = new RecentCalls(stopwatch());
  }

  get weight(): number {
    return this.#weight;
  }

  get inFlight(): number {
    return this.#bulkhead.inFlight;
  }

  /** Fades while nothing runs, never while calls hang: a black hole must not become attractive. */
  get ewmaMs(): number | undefined {
    return this.#bulkhead.inFlight > 0 ? this.#ewma.value : this.#ewma.fadedValue(this.stopwatch());
  }

  /** How long the breaker will refuse calls; 0 when it would let one through. */
  get openForMs(): number {
    return this.#breaker.retryAfterMs;
  }

  get busy(): boolean {
    return this.#bulkhead.full;
  }

  configure({ maxInFlight, weight }: UpstreamSettings): void {
    this.#bulkhead.resize(maxInFlight ?? this.defaultMaxInFlight);
    this.#weight = weight ?? 1;
  }

  /** Starts a call, or says why not (`'reason' in answer`). A call that was given is settled exactly once. */
  begin(): UpstreamCall | UpstreamRefusal {
    const permit = this.#breaker.tryAcquire();
    if ('retryAfterMs' in permit) return { reason: 'open', retryAfterMs: permit.retryAfterMs };
    if (!this.#bulkhead.tryEnter()) {
      permit.cancel();
      return BUSY;
    }
    this.#totalRequests += 1;
    return new RunningCall(this.#ended, permit, this.stopwatch());
  }

  metrics(): UpstreamMetrics {
    return {
      activeRequests: this.#bulkhead.inFlight,
      totalRequests: this.#totalRequests,
      totalFailures: this.#totalFailures,
      ...this.#recent.figures(this.stopwatch()),
      circuitBreaker: {
        state: this.#breaker.state,
        consecutiveFailures: this.#breaker.consecutiveFailures,
        openedAt: this.#breaker.openedAt ?? null,
      },
    };
  }

  readonly #ended = (startedMs: number, succeeded: boolean | undefined): void => {
    this.#bulkhead.leave();
    if (succeeded === undefined) return;
    const nowMs = this.stopwatch();
    const durationMs = nowMs - startedMs;
    if (succeeded) {
      this.#ewma.observe(durationMs, nowMs);
      this.#recent.succeeded(durationMs, nowMs);
    } else {
      this.#totalFailures += 1;
      this.#ewma.observe(Math.max(durationMs, FAILURE_COUNTS_AS_MS), nowMs);
      this.#recent.failed(nowMs);
    }
  };
}

class RunningCall implements UpstreamCall {
  #settled = false;

  constructor(
    private readonly ended: (startedMs: number, succeeded: boolean | undefined) => void,
    private readonly permit: Permit,
    private readonly startedMs: number,
  ) {}

  succeed(): void {
    this.permit.succeed();
    this.#end(true);
  }

  fail(): void {
    this.permit.fail();
    this.#end(false);
  }

  cancel(): void {
    this.permit.cancel();
    this.#end(undefined);
  }

  #end(succeeded: boolean | undefined): void {
    if (this.#settled) return;
    this.#settled = true;
    this.ended(this.startedMs, succeeded);
  }
}
