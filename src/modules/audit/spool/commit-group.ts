/** Outcomes that become durable together, and the answers that wait for it. */
export class CommitGroup {
  readonly done: Promise<void>;
  /** No outcome has to be waited for any more: it is synced as soon as the sync before it is done. */
  closed = false;
  #finish: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get hasTimer(): boolean {
    return this.#timer !== undefined;
  }

  /** One timer at a time: another replaces it. */
  after(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
  }

  /** The answers go out. */
  finish(): void {
    clearTimeout(this.#timer);
    this.#finish();
  }
}
