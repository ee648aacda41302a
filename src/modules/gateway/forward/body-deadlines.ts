import { AppError } from '../../../kernel/app-error.js';
import type { AnswerBody } from './answer-body.js';

const SWEEP_MS = 500;

/**
 * Ends bodies that are not complete in time, whether they are silent or drip, with one timer for all of them.
 * What reads such a body gets AppError `gateway.timeout`.
 */
export class BodyDeadlines {
  readonly #open = new Map<AnswerBody, number>();
  #timer: NodeJS.Timeout | undefined;

  /** Whatever becomes of it, a body that has closed is forgotten. */
  watch(body: AnswerBody, withinMs: number): void {
    this.#open.set(body, performance.now() + withinMs);
    body.onClose(() => this.#open.delete(body));
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const [body, deadlineMs] of this.#open) {
      if (nowMs < deadlineMs) continue;
      this.#open.delete(body);
      body.destroy(
        new AppError('upstream_timeout', 'gateway.timeout', 'The server did not finish its answer in time.'),
      );
    }
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
