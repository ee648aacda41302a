interface Held {
  readonly bytes: number;
  drop(): void;
}

/** Memory that several caches share, bounded in bytes: what is unused for the longest goes first, whosever it is. */
export class CatalogueMemory {
  /** The longest unused first. */
  readonly #held = new Map<object, Held>();
  #newest: object | undefined;
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** `drop` is called when it has to go; what is held last stays even when it alone is too large. */
  hold(what: object, bytes: number, drop: () => void): void {
    this.#held.set(what, { bytes, drop });
    this.#newest = what;
    this.#bytes += bytes;
    for (const [oldest, held] of this.#held) {
      if (this.#bytes <= this.maxBytes || oldest === what) return;
      this.release(oldest);
      held.drop();
    }
  }

  /** It was used just now. */
  touch(what: object): void {
    // A map that is short is built anew at every other deletion.
    if (what === this.#newest) return;
    const held = this.#held.get(what);
    if (!held) return;
    this.#held.delete(what);
    this.#held.set(what, held);
    this.#newest = what;
  }

  /** Its owner gave it up. */
  release(what: object): void {
    const held = this.#held.get(what);
    if (!held) return;
    this.#held.delete(what);
    this.#bytes -= held.bytes;
  }
}
