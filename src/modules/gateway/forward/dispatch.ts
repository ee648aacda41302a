import type { Dispatcher, Pool } from 'undici';
import type { AbortLike } from '../../../kernel/light-abort.js';
import { AnswerBody } from './answer-body.js';
import type { UpstreamAnswer } from './upstream-exchange.js';

export interface DispatchedAnswer extends UpstreamAnswer {
  readonly body: AnswerBody;
}

/**
 * Sends a request over a pool. What `pool.request` does, less the stream, the async resource and the
 * signal plumbing that it makes for each request: a third of the gateway's time for a call.
 * Rejects with undici's errors, or with the signal's reason.
 */
export function dispatch(
  pool: Pool,
  options: Dispatcher.DispatchOptions,
  signal: AbortLike | undefined,
): Promise<DispatchedAnswer> {
  return new Promise((resolve, reject) => {
    pool.dispatch(options, new AnswerHandler(signal, resolve, reject));
  });
}

class AnswerHandler implements Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | undefined;
  #body: AnswerBody | undefined;

  constructor(
    private readonly signal: AbortLike | undefined,
    private readonly resolve: (answer: DispatchedAnswer) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    if (signal?.aborted) this.#abort();
    else signal?.addEventListener('abort', this.#abort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for a connection, and nobody waits for it any more.
    if (this.signal?.aborted) controller.abort(asError(this.signal.reason));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: UpstreamAnswer['headers'],
  ): void {
    if (statusCode < 200) return;
    this.#body = new AnswerBody(controller);
    this.resolve({ statusCode, headers, body: this.#body });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    this.#forget();
    this.#body?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#forget();
    if (this.#body) this.#body.fail(error);
    else this.reject(error);
  }

  readonly #abort = (): void => {
    const reason = asError(this.signal?.reason);
    this.#controller?.abort(reason);
    this.reject(reason);
  };

  #forget(): void {
    this.signal?.removeEventListener('abort', this.#abort);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
