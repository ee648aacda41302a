export interface DebounceLimits {
  /** From the first question to the run: what is asked meanwhile is one run. */
  readonly afterMs: number;
  /** From the end of a key's run to its next one. */
  readonly restMs: number;
  /** Runs at once. */
  readonly atOnce: number;
  /** Keys that wait, run or rest. */
  readonly keysAtMost: number;
}

interface Key {
  readonly key: string;
  timer: NodeJS.Timeout | undefined;
  /** Will run whatever is asked now. */
  waiting: boolean;
  /** Was asked for while it ran or rested. */
  again: boolean;
}

/**
 * Runs something for a key soon after it was asked for: once however often that was, a few at a time,
 * and never sooner than its rest allows. What is asked while a run is under way is run again after it.
 */
export class DebouncedRuns {
  readonly #keys = new Map<string, Key>();
  readonly #ready: Key[] = [];
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  /** @param run must not reject. */
  constructor(
    private readonly limits: DebounceLimits,
    private readonly run: (key: string) => Promise<void>,
  ) {}

  /** @returns false where too many keys wait: it is not run. */
  ask(key: string): boolean {
    if (this.#stopped) return false;
    const known = this.#keys.get(key);
    if (known) {
      known.again = !known.waiting;
      return true;
    }
    if (this.#keys.size >= this.limits.keysAtMost) return false;
    const asked = { key, timer: undefined, waiting: true, again: false };
    this.#keys.set(key, asked);
    this.#later(asked, this.limits.afterMs, () => {
      this.#getReady(asked);
    });
    return true;
  }

  /** Resolves when nothing runs any more; nothing runs after it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { timer } of this.#keys.values()) clearTimeout(timer);
    this.#keys.clear();
    this.#ready.length = 0;
    await Promise.all(this.#running);
  }

  #later(key: Key, ms: number, then: () => void): void {
    key.timer = setTimeout(then, ms);
    key.timer.unref();
  }

  #getReady(key: Key): void {
    key.waiting = true;
    key.again = false;
    this.#ready.push(key);
    this.#start();
  }

  #start(): void {
    while (this.#running.size < this.limits.atOnce) {
      const next = this.#ready.shift();
      if (!next) return;
      next.waiting = false;
      const running = this.run(next.key).then(() => {
        this.#running.delete(running);
        if (this.#stopped) return;
        this.#later(next, this.limits.restMs, () => {
          if (next.again) this.#getReady(next);
          else this.#keys.delete(next.key);
        });
        this.#start();
      });
      this.#running.add(running);
    }
  }
}
