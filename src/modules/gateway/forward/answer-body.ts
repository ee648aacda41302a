import type { Dispatcher } from 'undici';

/** What waits to be read before the upstream is asked to hold on. */
const HIGH_WATER_BYTES = 64 * 1024;
/** A body that nobody wants is read to its end up to here, so that its connection can be used again. */
const DISCARDED_AT_MOST = 128 * 1024;

const UNWANTED = new Error('the rest of the answer was not wanted');

/** The bytes of an upstream's answer as they come, for one reader, with backpressure up to the upstream. */
export class AnswerBody implements AsyncIterable<Buffer>, AsyncIterator<Buffer, undefined> {
  readonly #chunks: Buffer[] = [];
  #bufferedBytes = 0;
  #ended = false;
  #error: unknown;
  #wake: (() => void) | undefined;
  #discarded: number | undefined;
  #onClose: (() => void) | undefined;

  constructor(private readonly controller: Dispatcher.DispatchController) {}

  push(chunk: Buffer): void {
    if (this.#discarded !== undefined) {
      this.#discarded += chunk.length;
      if (this.#discarded > DISCARDED_AT_MOST) this.#abandon();
      return;
    }
    this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.length;
    if (this.#bufferedBytes > HIGH_WATER_BYTES) this.controller.pause();
    this.#wakeUp();
  }

  /** Nothing more comes: it is complete, it broke, or it was not wanted. What came may still be unread. */
  get closed(): boolean {
    return this.#ended;
  }

  /** One listener, for {@link closed}. */
  onClose(listener: () => void): void {
    this.#onClose = listener;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onClose?.();
    this.#wakeUp();
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#error = error;
    this.end();
  }

  /** Ends the request; what reads the body gets `error`. */
  destroy(error: Error): void {
    this.fail(error);
    this.controller.abort(error);
  }

  /** The whole body where it has arrived already, as small answers do with their headers; it is read then. */
  takeWhole(): Buffer | undefined {
    if (!this.#ended || this.#error !== undefined || this.#chunks.length !== 1) return undefined;
    this.#bufferedBytes = 0;
    return this.#chunks.pop();
  }

  /** Reads what is left to nowhere, so that the connection can be used again. Never throws. */
  async dump(): Promise<void> {
    this.#discarded = this.#bufferedBytes;
    this.#chunks.length = 0;
    this.#bufferedBytes = 0;
    if (this.controller.paused) this.controller.resume();
    while (!this.#ended) await this.#more();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Buffer, undefined>> {
    for (;;) {
      const value = this.#chunks.shift();
      if (value) {
        this.#bufferedBytes -= value.length;
        return { done: false, value };
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return { done: true, value: undefined };
      // Resuming may bring the next piece, or the end, before it returns.
      if (this.controller.paused) this.controller.resume();
      else await this.#more();
    }
  }

  /** The reader leaves early: nothing more is read. */
  return(): Promise<IteratorResult<Buffer, undefined>> {
    if (!this.#ended) this.#abandon();
    this.#chunks.length = 0;
    return Promise.resolve({ done: true, value: undefined });
  }

  #abandon(): void {
    this.end();
    this.controller.abort(UNWANTED);
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
