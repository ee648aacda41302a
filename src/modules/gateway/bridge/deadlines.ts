import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';

const SWEEP_MS = 250;

/** What ends when its time has come. */
export interface Expiring {
  expire(): void;
}

/** Deadlines that move with every message, with one timer for all of them. */
@Injectable()
export class Deadlines {
  readonly #at = new Map<Expiring, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly clock: Clock) {}

  /** In place of the one before. */
  set(expiring: Expiring, withinMs: number): void {
    this.#at.set(expiring, this.clock.nowMs() + withinMs);
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  clear(expiring: Expiring): void {
    this.#at.delete(expiring);
  }

  #sweep(): void {
    const nowMs = this.clock.nowMs();
    for (const [expiring, atMs] of this.#at) {
      if (nowMs < atMs) continue;
      this.#at.delete(expiring);
      expiring.expire();
    }
    if (this.#at.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
