import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';

export interface CachePolicy {
  readonly ttlMs: number;
}

interface Entry {
  readonly value: unknown;
  readonly expiresAtMs: number;
}

/** Entries at most; the least recently used go first. */
const MOST_ENTRIES = 10_000;

/**
 * The face that callers keep: `getOrLoad`, single flight per key. Behind it, for now, only the tier
 * in this process.
 */
@Injectable()
export class CacheService {
  readonly #entries = new Map<string, Entry>();
  readonly #loading = new Map<string, Promise<unknown>>();

  constructor(private readonly clock: Clock) {}

  /**
   * The cached value, or what `load` yields, which is then cached for `policy.ttlMs`. Callers that
   * miss together wait for one load. The key must name the tenant wherever the answer depends on it.
   */
  async getOrLoad<T>(namespace: string, key: string, load: () => Promise<T>, policy: CachePolicy): Promise<T> {
    const full = `${namespace}${key}`;
    const entry = this.#entries.get(full);
    if (entry && entry.expiresAtMs > this.clock.nowMs()) {
      this.#entries.delete(full);
      this.#entries.set(full, entry);
      return entry.value as T;
    }
    const underWay = this.#loading.get(full);
    if (underWay) return underWay as Promise<T>;
    const loading = load()
      .then((value) => {
        // A key that was invalidated meanwhile must not come back with the old value.
        if (this.#loading.get(full) === loading) this.#store(full, value, policy.ttlMs);
        return value;
      })
      .finally(() => {
        if (this.#loading.get(full) === loading) this.#loading.delete(full);
      });
    this.#loading.set(full, loading);
    return loading;
  }

  invalidate(namespace: string, key: string): void {
    this.#entries.delete(`${namespace}${key}`);
    this.#loading.delete(`${namespace}${key}`);
  }

  #store(full: string, value: unknown, ttlMs: number): void {
    this.#entries.delete(full);
    this.#entries.set(full, { value, expiresAtMs: this.clock.nowMs() + ttlMs });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MOST_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
  }
}
