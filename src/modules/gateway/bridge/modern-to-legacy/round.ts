import { encodeSseMessage } from '../../../../mcp/sse-encoder.js';
import type { ModernCall } from '../../../../mcp/translate/modern-to-legacy/modern-call.js';
import type { Exchange } from '../../endpoint/exchange.js';
import { EVENT_STREAM_HEADERS, JSON_HEADERS } from '../../forward/relay.js';

/** One request of a client for a call: the first, or the retry that brings answers. It has one answer. */
export class Round {
  readonly answered: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #over = false;

  /** @param onLeft called when the client leaves before it has its answer. */
  constructor(
    private readonly exchange: Exchange,
    readonly call: ModernCall,
    onLeft: (round: Round) => void,
  ) {
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const left = (): void => {
      if (!this.#over) onLeft(this);
    };
    exchange.signal.addEventListener('abort', left);
    if (exchange.signal.aborted) queueMicrotask(left);
  }

  /** A message before the answer: from here on the answer is an event stream. */
  stream(message: Buffer): Promise<void> | undefined {
    if (this.#over) return undefined;
    const { outlet } = this.exchange;
    if (!outlet.started) outlet.start(200, EVENT_STREAM_HEADERS);
    return outlet.write(encodeSseMessage(message));
  }

  end(httpStatus: number, message: Buffer): void {
    if (this.#over) return;
    this.#over = true;
    const { outlet } = this.exchange;
    if (outlet.started) outlet.end(encodeSseMessage(message));
    else outlet.send(httpStatus, JSON_HEADERS, message);
    this.#resolve();
  }

  /** The endpoint says it to the client, in the way that is left. */
  fail(error: unknown): void {
    this.#over = true;
    this.#reject(error);
  }
}
