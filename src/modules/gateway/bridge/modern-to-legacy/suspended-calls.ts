import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { AppError } from '../../../../kernel/app-error.js';
import { Clock } from '../../../../kernel/clock.js';
import type { ParsedBody } from '../../../../mcp/parse-body.js';
import { Readiness } from '../../../monitoring/index.js';
import type { Exchange } from '../../endpoint/exchange.js';
import { Deadlines } from '../deadlines.js';
import { RETRY_AFTER_S, SUSPENSION_LIMITS } from './bridge-limits.js';
import { type RequestState, RequestStates, type StateBinding } from './request-states.js';
import { Suspension, type SuspensionHome } from './suspension.js';

/** The calls of this replica whose clients were asked something: bounded, and each with a deadline. */
@Injectable()
export class SuspendedCalls implements SuspensionHome, BeforeApplicationShutdown {
  readonly #byId = new Map<string, Suspension>();
  readonly #byPrincipal = new Map<string, number>();
  #draining = false;

  constructor(
    private readonly states: RequestStates,
    private readonly deadlines: Deadlines,
    private readonly clock: Clock,
    readiness: Readiness,
  ) {
    readiness.onDrain(() => this.#drain());
  }

  get size(): number {
    return this.#byId.size;
  }

  /** For a call that may be suspended later. */
  keeperFor(binding: StateBinding): Suspension {
    return new Suspension(this, binding);
  }

  /**
   * Goes on with a call of this replica: `exchange` gets its answer, or the next questions.
   * @param state that was verified. @param body the retry.
   * @throws AppError `mcp.request_state_used`, `mcp.request_state_ended`, and what the call ends with.
   */
  async resume(state: RequestState, exchange: Exchange, body: ParsedBody): Promise<void> {
    const suspension = this.#byId.get(state.call);
    if (!suspension) throw ended();
    await suspension.resume(state, exchange, body);
  }

  admit(suspension: Suspension): string {
    const { maxCalls, maxPerPrincipal } = SUSPENSION_LIMITS;
    if (this.#draining) throw new AppError('unavailable', 'gateway.draining', 'The service is being stopped.');
    const { principal } = suspension.binding;
    const own = this.#byPrincipal.get(principal) ?? 0;
    if (own >= maxPerPrincipal || this.#byId.size >= maxCalls) throw exhausted();
    this.#byPrincipal.set(principal, own + 1);
    const id = this.states.newCall();
    this.#byId.set(id, suspension);
    return id;
  }

  forget(suspension: Suspension): void {
    this.deadlines.clear(suspension);
    if (!this.#byId.delete(suspension.id)) return;
    const { principal } = suspension.binding;
    const left = (this.#byPrincipal.get(principal) ?? 1) - 1;
    if (left > 0) this.#byPrincipal.set(principal, left);
    else this.#byPrincipal.delete(principal);
  }

  mint(suspension: Suspension, round: number): string {
    const { answerWithinMs } = SUSPENSION_LIMITS;
    this.deadlines.set(suspension, answerWithinMs);
    return this.states.mint(suspension.id, round, this.clock.nowMs() + answerWithinMs, suspension.binding);
  }

  resumed(suspension: Suspension): void {
    this.deadlines.clear(suspension);
  }

  /** Where nothing drained before. */
  beforeApplicationShutdown(): void {
    this.#drain();
  }

  /** Their clients cannot come back to this replica. */
  #drain(): void {
    this.#draining = true;
    for (const suspension of this.#byId.values()) {
      suspension.end(
        new AppError('unavailable', 'gateway.draining', 'The service was stopped before the client answered.'),
      );
    }
  }
}

function ended(): AppError {
  return new AppError('invalid', 'mcp.request_state_ended', 'The call that this requestState belongs to has ended.');
}

function exhausted(): AppError {
  return new AppError(
    'unavailable',
    'gateway.suspended_exhausted',
    'Too many calls wait for answers of their clients; try again.',
    { retryAfterSeconds: RETRY_AFTER_S },
  );
}
