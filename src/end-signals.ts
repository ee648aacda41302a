import type { Logger } from '@nestjs/common';

export type EndSignal = 'SIGTERM' | 'SIGINT';

/** npm passes on the Ctrl-C that the terminal has already sent to us: within this long the two are one. */
const SAME_KEYSTROKE_MS = 500;

/**
 * What SIGTERM and SIGINT do, from the first moment of the process: without a listener, one that comes
 * while the embedded PostgreSQL starts would leave it behind.
 */
export class EndSignals {
  #end: ((signal: EndSignal) => Promise<void>) | undefined;
  #first: { readonly signal: EndSignal; readonly atMs: number } | undefined;
  #ending = false;

  constructor(private readonly log: Logger) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        this.#received(signal);
      });
    }
  }

  /** Whether the process is on its way out. */
  get received(): boolean {
    return this.#first !== undefined;
  }

  /** How to end from now on. A signal that came before the first call ends the process now. */
  handle(end: (signal: EndSignal) => Promise<void>): void {
    this.#end = end;
    if (this.#first) this.#run(this.#first.signal);
  }

  #received(signal: EndSignal): void {
    const nowMs = performance.now();
    if (this.#first === undefined) {
      this.#first = { signal, atMs: nowMs };
      this.log.log(`${signal}: ending`);
      this.#run(signal);
      return;
    }
    // Whoever presses Ctrl-C twice means it; a second SIGTERM asks for what is already under way.
    const again = this.#first.signal === 'SIGTERM' || nowMs - this.#first.atMs > SAME_KEYSTROKE_MS;
    if (signal === 'SIGINT' && again) process.exit(1);
  }

  #run(signal: EndSignal): void {
    if (!this.#end || this.#ending) return;
    this.#ending = true;
    this.#end(signal).then(
      () => process.exit(0),
      (error: unknown) => {
        this.log.error('The service did not end cleanly', error instanceof Error ? error.stack : String(error));
        process.exit(1);
      },
    );
  }
}
