import type { Readable } from 'node:stream';
import { AppError } from '../../../kernel/app-error.js';

const SWEEP_MS = 500;

/**
 * Ends bodies that are not complete in time, whether they are silent or drip, with one timer for all of them.
 * What reads such a body gets AppError `gateway.timeout`.
 */
export class BodyDeadlines {
  readonly #open = new Map<Readable, number>();
  #timer: NodeJS.Timeout | undefined;

  /** Whatever becomes of it, a body that has closed is forgotten. */
  watch(body: Readable, withinMs: number): void {
    this.#open.set(body, performance.now() + withinMs);
    body.once('close', () => this.#open.delete(body));
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const [body, deadlineMs] of this.#open) {
      if (nowMs < deadlineMs) continue;
      this.#open.delete(body);
      // Nobody may be reading it, and an error that nobody hears would end the process.
      body.once('error', () => undefined);
      body.destroy(
        new AppError('upstream_timeout', 'gateway.timeout', 'The server did not finish its answer in time.'),
      );
    }
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
