import type { CatalogueMemory } from './catalogue-memory.js';

/** Beside the bytes of a page. */
const PAGE_COST = 200;

/** The pages of one revision of some lists: each encoded once, by whoever asks first, then served as it is. */
export class EncodedPages {
  readonly #pages = new Map<string, Buffer | Promise<Buffer>>();
  #current = true;

  constructor(private readonly memory: CatalogueMemory) {}

  of(key: string, encode: () => Promise<Buffer>): Buffer | Promise<Buffer> {
    const known = this.#pages.get(key);
    if (known) {
      if (!(known instanceof Promise)) this.memory.touch(known);
      return known;
    }
    const encoding = encode().then(
      (page) => {
        if (this.#current) this.#keep(key, page);
        return page;
      },
      (error: unknown) => {
        this.#pages.delete(key);
        throw error;
      },
    );
    this.#pages.set(key, encoding);
    return encoding;
  }

  /** Gives the memory back: there is a newer revision. */
  drop(): void {
    this.#current = false;
    for (const page of this.#pages.values()) if (!(page instanceof Promise)) this.memory.release(page);
    this.#pages.clear();
  }

  #keep(key: string, page: Buffer): void {
    this.#pages.set(key, page);
    this.memory.hold(page, page.length + PAGE_COST, () => this.#pages.delete(key));
  }
}
