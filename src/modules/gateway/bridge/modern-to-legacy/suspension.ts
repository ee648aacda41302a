import { AppError } from '../../../../kernel/app-error.js';
import type { ParsedBody } from '../../../../mcp/parse-body.js';
import type { Exchange } from '../../endpoint/exchange.js';
import type { Expiring } from '../deadlines.js';
import type { BridgedCall, Keeper } from './bridged-call.js';
import type { RequestState, StateBinding } from './request-states.js';

/** What a suspension needs of the place that keeps them all. */
export interface SuspensionHome {
  /** The id under which its states name it. @throws AppError when there is no room. */
  admit(suspension: Suspension): string;
  forget(suspension: Suspension): void;
  /** The state for a retry of this round. */
  mint(suspension: Suspension, round: number): string;
  /** Its client is back: no deadline while it waits for the server. */
  resumed(suspension: Suspension): void;
}

/** One call's waiting for its client; most calls never do. */
export class Suspension implements Keeper, Expiring {
  #call: BridgedCall | undefined;
  #round = 0;
  /** Nobody has answered this round yet. */
  #open = false;
  #id = '';

  constructor(
    private readonly home: SuspensionHome,
    readonly binding: StateBinding,
  ) {}

  /** Empty before it was admitted: most calls are never asked anything, and random bytes cost them something. */
  get id(): string {
    return this.#id;
  }

  suspend(call: BridgedCall): string {
    if (!this.#call) this.#id = this.home.admit(this);
    this.#call = call;
    this.#round += 1;
    this.#open = true;
    return this.home.mint(this, this.#round);
  }

  /** @throws AppError `mcp.request_state_used`, and what the call ends with. */
  async resume({ round }: RequestState, exchange: Exchange, body: ParsedBody): Promise<void> {
    if (round !== this.#round || !this.#open) throw used();
    this.#open = false;
    this.home.resumed(this);
    await this.#call?.resume(exchange, body);
  }

  delivered(): void {
    if (this.#call) this.home.forget(this);
  }

  expire(): void {
    this.end(new AppError('invalid', 'gateway.unanswered', 'The client did not answer what the server asked.'));
  }

  end(reason: AppError): void {
    if (!this.#open) return;
    // Nobody comes back for the outcome of this.
    this.home.forget(this);
    this.#open = false;
    this.#call?.cancel(reason);
  }
}

function used(): AppError {
  return new AppError('invalid', 'mcp.request_state_used', 'This requestState was used before: each is for one retry.');
}
