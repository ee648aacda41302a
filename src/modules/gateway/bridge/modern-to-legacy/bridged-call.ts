import { AppError } from '../../../../kernel/app-error.js';
import type { LightAbort } from '../../../../kernel/light-abort.js';
import { encodeResult } from '../../../../mcp/envelope.js';
import { METHODS } from '../../../../mcp/methods.js';
import type { ParsedBody } from '../../../../mcp/parse-body.js';
import { sameId } from '../../../../mcp/same-id.js';
import { type ModernCall, modernCallOf } from '../../../../mcp/translate/modern-to-legacy/modern-call.js';
import { toModernAnswer } from '../../../../mcp/translate/modern-to-legacy/modern-answer.js';
import { toModernNotification } from '../../../../mcp/translate/modern-to-legacy/modern-notification.js';
import { toInputRequest } from '../../../../mcp/translate/modern-to-legacy/server-request.js';
import {
  type PeerError,
  type PeerMessage,
  type PeerRequest,
  type PeerResult,
  type PeerNotification,
  readPeerMessage,
} from '../../../../mcp/translate/peer-message.js';
import { NO_ID } from '../../../../mcp/wire-error.js';
import { CLIENT_LEFT, type Exchange } from '../../endpoint/exchange.js';
import type { CallRecord } from '../../forward/call-record.js';
import { envelope } from '../../own-answers.js';
import type { SessionCall } from './pooled-session.js';
import { Questions } from './questions.js';
import { Round } from './round.js';
import type { UpstreamLeg } from './upstream-leg.js';

/** Questions that come together are asked in one round. */
const ASK_AFTER_MS = 20;
/** An answer that waits for its client is in memory meanwhile. */
const KEPT_BYTES_AT_MOST = 256 * 1024;

type PeerAnswer = PeerResult | PeerError;
type Outcome = { readonly answer: PeerAnswer } | { readonly error: unknown };

/** What a call needs of those that keep it while its client is away. */
export interface Keeper {
  /** The state for the next retry. @throws AppError `gateway.suspended_exhausted`. */
  suspend(call: BridgedCall): string;
  /** The outcome is with its client. */
  delivered(): void;
}

/** Where calls put what a client should not hear. */
export interface Aside {
  listChanged(): void;
  badMessage(error: unknown): void;
}

/**
 * One call of a modern client that a legacy server works on. Its client may go and come back: with each
 * round of questions the request that waits is answered, and a retry takes its place.
 */
export class BridgedCall implements SessionCall {
  readonly #questions = new Questions();
  #round: Round | undefined;
  #asking: NodeJS.Timeout | undefined;
  #outcome: Outcome | undefined;
  /** The outcome is on record, and may leave. */
  #settled = false;
  /** What was heard last of the client. */
  #call: ModernCall;

  constructor(
    private readonly leg: UpstreamLeg,
    private readonly abort: LightAbort,
    private readonly record: CallRecord,
    private readonly keeper: Keeper,
    private readonly aside: Aside,
    exchange: Exchange,
    body: ParsedBody,
  ) {
    this.#call = modernCallOf(body);
    this.#round = this.#begin(exchange);
  }

  /** The first answer: the outcome, or questions. Rejects with what the client is told otherwise. */
  get answered(): Promise<void> {
    return this.#round?.answered ?? Promise.resolve();
  }

  /** The client is back, with answers. @throws AppError for the client. */
  async resume(exchange: Exchange, body: ParsedBody): Promise<void> {
    this.#call = modernCallOf(body);
    const round = (this.#round = this.#begin(exchange));
    this.record.resumed();
    if (this.#settled && this.#outcome) this.#deliver(this.#outcome);
    else if (!this.#outcome) void this.#answer(body);
    return round.answered;
  }

  /** Ends it from our side: its client left, its time is over, the service ends. */
  cancel(reason: unknown): void {
    this.abort.abort(reason);
    // At once: who cancels because the service ends has no time to wait for the server's side of it.
    void this.#failed(reason);
  }

  hear(data: Buffer): void {
    const message = this.#read(data);
    if (!message || message.kind === 'result' || message.kind === 'error') return;
    this.#hear(message).catch((error: unknown) => this.cancel(error));
  }

  #begin(exchange: Exchange): Round {
    return new Round(exchange, this.#call, (round) => {
      if (this.#round === round) this.cancel(CLIENT_LEFT);
    });
  }

  /** Sends it and hears the server until its outcome is on record. Never rejects. */
  async run(): Promise<void> {
    let spoilt = false;
    try {
      for await (const data of this.leg.messages(this, () => this.#outcome !== undefined)) {
        // What a server says behind its answer is nobody's.
        if (this.#outcome) break;
        const message = this.#read(data);
        spoilt ||= message === undefined;
        if (!message) continue;
        if (message.kind !== 'result' && message.kind !== 'error') await this.#hear(message);
        else if (sameId(message.id, this.leg.id) || (message.kind === 'error' && message.id === NO_ID)) {
          await this.#answered(message, data.length);
        } else throw badAnswer();
      }
      if (!this.#outcome) throw spoilt ? badAnswer() : noAnswer();
    } catch (error) {
      await this.#failed(error);
    }
  }

  #read(data: Buffer): PeerMessage | undefined {
    try {
      return readPeerMessage(data);
    } catch (error) {
      this.aside.badMessage(error);
      return undefined;
    }
  }

  async #hear(message: PeerRequest | PeerNotification): Promise<void> {
    if (this.#outcome) return;
    if (this.#round) this.leg.heard();
    if (message.kind === 'request') this.#asked(message);
    else await this.#notified(message);
  }

  async #notified(message: PeerNotification): Promise<void> {
    const fate = toModernNotification(message, this.#call, this.leg.progressToken);
    if (fate.kind === 'cancelled') this.#questions.withdraw(fate.requestId);
    else if (fate.kind === 'list_changed') this.aside.listChanged();
    else if (fate.kind === 'forward') {
      const full = this.#round?.stream(fate.bytes);
      if (!full) return;
      // That the client reads slowly is not the server's silence.
      this.leg.pause();
      await full;
      if (this.#round && !this.#outcome) this.leg.heard();
    }
  }

  #asked(request: PeerRequest): void {
    const mayAsk = METHODS.get(this.#call.method)?.mayRequireInput === true;
    const fate = toInputRequest(request, mayAsk ? this.#call.clientCapabilities : {});
    if (fate.kind === 'answer') {
      this.leg.say(fate.bytes);
      return;
    }
    if (!this.#questions.add(fate)) {
      this.cancel(new AppError('upstream_failed', 'gateway.too_many_questions', 'The server asks too much at once.'));
      return;
    }
    this.#asking ??= setTimeout(() => this.#suspend(), ASK_AFTER_MS);
  }

  /** The client gets the questions, and may come back with their answers. */
  #suspend(): void {
    this.#asking = undefined;
    const round = this.#round;
    if (!round || this.#questions.size === 0 || this.#outcome || this.abort.aborted) return;
    try {
      this.#round = undefined;
      const state = this.keeper.suspend(this);
      this.leg.pause();
      this.record.suspended();
      const result = envelope.inputRequired(this.#questions.inputRequests(), state);
      round.end(200, encodeResult(round.call.id, result));
    } catch (error) {
      this.#round = round;
      this.cancel(error);
    }
  }

  async #answer(body: ParsedBody): Promise<void> {
    try {
      this.leg.heard();
      for (const response of this.#questions.answer(body)) await this.leg.tell(response);
      if (this.#questions.size > 0) this.#suspend();
    } catch (error) {
      this.cancel(error);
    }
  }

  async #answered(answer: PeerAnswer, bytes: number): Promise<void> {
    const kept = this.#round === undefined;
    this.#outcome = kept && bytes > KEPT_BYTES_AT_MOST ? { error: tooLarge() } : { answer };
    this.leg.over('answered');
    await this.record.answered(
      {
        hasError: answer.kind === 'error',
        errorCode: answer.kind === 'error' ? answer.code : undefined,
        isError: answer.kind === 'result' && answer.result.values['isError'] === true,
      },
      bytes,
    );
    this.#settle(this.#outcome);
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#outcome) return;
    this.#outcome = { error };
    this.leg.over(this.abort.aborted ? 'cancelled' : 'failed');
    await this.record.failed(error, error === CLIENT_LEFT);
    this.#settle(this.#outcome);
  }

  #settle(outcome: Outcome): void {
    this.#settled = true;
    clearTimeout(this.#asking);
    this.#questions.clear();
    if (this.#round) this.#deliver(outcome);
  }

  #deliver(outcome: Outcome): void {
    const round = this.#round;
    this.#round = undefined;
    this.keeper.delivered();
    if (!round) return;
    if ('error' in outcome) {
      round.fail(outcome.error);
      return;
    }
    const { httpStatus, bytes } = toModernAnswer(outcome.answer, round.call, envelope);
    round.end(httpStatus, bytes);
  }
}

function badAnswer(): AppError {
  return new AppError(
    'upstream_failed',
    'gateway.bad_answer',
    'The server did not answer with a JSON-RPC response to the request.',
  );
}

function noAnswer(): AppError {
  return new AppError('upstream_failed', 'gateway.no_answer', 'The server ended its stream without an answer.');
}

function tooLarge(): AppError {
  return new AppError(
    'upstream_failed',
    'gateway.answer_too_large',
    'The server answered with more than is kept for a client that was asked something.',
  );
}
