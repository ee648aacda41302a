import { ProbeError } from './probe-error.js';

/** Of the whole time, what is kept back for ending sessions: a tenth, at most a second. */
const cleanUpShare = (deadlineMs: number): number => Math.min(1_000, deadlineMs / 10);

/** The time that a probe has. `signal` ends the work; what is left after it is for cleaning up. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #callerSignal: AbortSignal | undefined;
  readonly cleanUpMs: number;
  /** Resolves when half of the time is over; never, when the deadline was cleared before. */
  readonly halfway: Promise<void>;

  constructor(deadlineMs: number, callerSignal: AbortSignal | undefined) {
    this.cleanUpMs = cleanUpShare(deadlineMs);
    this.#callerSignal = callerSignal;
    const late = new ProbeError('timeout', `The server did not answer within ${deadlineMs} ms.`);
    this.#timers.push(setTimeout(() => this.#controller.abort(late), deadlineMs - this.cleanUpMs));
    this.halfway = new Promise((resolve) => {
      this.#timers.push(setTimeout(resolve, deadlineMs / 2));
    });
    if (callerSignal?.aborted === true) this.#aborted();
    else callerSignal?.addEventListener('abort', this.#aborted, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Leaves no timer and no listener behind. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#callerSignal?.removeEventListener('abort', this.#aborted);
  }

  readonly #aborted = (): void => {
    const cause: unknown = this.#callerSignal?.reason;
    this.#controller.abort(new ProbeError('aborted', 'The probe was cancelled.', { cause }));
  };
}
