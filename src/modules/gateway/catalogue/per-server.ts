import type { CatalogueMemory } from './catalogue-memory.js';

/** Reads for several servers in one go; a server without an entry in the answer has nothing. */
type Load<V> = (serverIds: readonly string[]) => Promise<ReadonlyMap<string, V>>;

/** What is known of each server: loaded on first use, of many servers together, and each once at a time. */
export class PerServer<V extends { readonly bytes: number }> {
  readonly #held = new Map<string, V>();
  readonly #loading = new Map<string, Promise<V>>();

  /** @param batch servers that are loaded together at most; batches of one call come one after the other. */
  constructor(
    private readonly memory: CatalogueMemory,
    private readonly batch: number,
    private readonly nothing: V,
    private readonly load: Load<V>,
  ) {}

  /** At once when warm. */
  of(serverId: string): V | Promise<V> {
    const held = this.#held.get(serverId);
    if (!held) return this.#loading.get(serverId) ?? this.#start([serverId]);
    this.memory.touch(held);
    return held;
  }

  async ofAll(serverIds: readonly string[]): Promise<ReadonlyMap<string, V>> {
    const all = new Map<string, V>();
    for (let at = 0; at < serverIds.length; at += this.batch) {
      const ids = serverIds.slice(at, at + this.batch);
      const cold = ids.filter((id) => !this.#held.has(id) && !this.#loading.has(id));
      if (cold.length > 0) void this.#start(cold);
      const values = await Promise.all(ids.map(async (id) => this.of(id)));
      for (const [i, value] of values.entries()) all.set(ids[i] ?? '', value);
    }
    return all;
  }

  /** Of a load that is under way, nothing is kept. */
  forget(serverId: string): void {
    this.#loading.delete(serverId);
    const held = this.#held.get(serverId);
    if (!held) return;
    this.#held.delete(serverId);
    this.memory.release(held);
  }

  clear(): void {
    this.#loading.clear();
    for (const held of this.#held.values()) this.memory.release(held);
    this.#held.clear();
  }

  /** @returns what the first of them has. */
  #start(serverIds: readonly string[]): Promise<V> {
    const loaded = this.load(serverIds);
    const [first = Promise.resolve(this.nothing)] = serverIds.map((id) => {
      const one = loaded
        .then((all) => {
          const value = all.get(id) ?? { ...this.nothing };
          // What changed meanwhile must not come back.
          if (this.#loading.get(id) === one) this.#keep(id, value);
          return value;
        })
        .finally(() => {
          if (this.#loading.get(id) === one) this.#loading.delete(id);
        });
      this.#loading.set(id, one);
      return one;
    });
    return first;
  }

  #keep(id: string, value: V): void {
    this.#held.set(id, value);
    this.memory.hold(value, value.bytes, () => this.#held.delete(id));
  }
}
