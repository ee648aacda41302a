/** So many late answers in a row are no accident. */
const LATE_IN_A_ROW = 3;

/**
 * Whether a Redis that is connected answers at all. A frozen one keeps its connections, so that only
 * the answers that do not come tell of it.
 */
export class LateBreaker {
  #late = 0;

  get isOpen(): boolean {
    return this.#late >= LATE_IN_A_ROW;
  }

  late(): void {
    this.#late += 1;
  }

  inTime(): void {
    this.#late = 0;
  }
}
