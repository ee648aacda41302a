import { WINDOW_BYTES } from './flow-sender.js';

/** What is consumed is told in such steps, and with each beat. */
const ACK_EVERY_BYTES = WINDOW_BYTES / 4;

/** Bytes that arrive in one direction: whole, in order, and counted as they are consumed. */
export class FlowReceiver {
  #next = 0;
  #receivedBytes = 0;
  #consumedBytes = 0;
  #toldBytes = 0;
  #isWhole = false;

  get consumedBytes(): number {
    return this.#consumedBytes;
  }

  /** Whether the last piece has arrived. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** `false`: pieces are missing, or there are more than there was room for. */
  accept(sequence: number, bytes: number, last: boolean): boolean {
    if (this.#isWhole || sequence !== this.#next) return false;
    this.#next += 1;
    this.#receivedBytes += bytes;
    this.#isWhole = last;
    return this.#receivedBytes - this.#consumedBytes <= WINDOW_BYTES;
  }

  /** Whether it is time to tell the sender. */
  consume(bytes: number): boolean {
    this.#consumedBytes += bytes;
    if (this.#isWhole || this.#consumedBytes - this.#toldBytes < ACK_EVERY_BYTES) return false;
    this.#toldBytes = this.#consumedBytes;
    return true;
  }
}
