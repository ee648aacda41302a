import { Clock } from '../../src/kernel/clock.js';

/** A clock that goes on only when it is told to. Begins at the real time, where the partitions are. */
export class SettableClock extends Clock {
  #nowMs = Date.now();

  now(): Date {
    return new Date(this.#nowMs);
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}
