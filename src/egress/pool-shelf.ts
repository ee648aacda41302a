import type { Pool } from 'undici';
import { AppError } from '../kernel/app-error.js';
import { withDeadline } from './deadline.js';

/** How one kind of caller talks to an origin; callers with equal options share a pool. */
export interface PoolOptions {
  /** Connections at most, 64 by default. What waits for one is the caller's to bound. */
  readonly connections?: number;
  /** How long an idle connection is kept where the server does not say, 4,000 by default. */
  readonly keepAliveTimeoutMs?: number;
  /** From the request's last byte to the answer's headers, 30,000 by default; 0: no limit. */
  readonly headersTimeoutMs?: number;
  /** Between two pieces of an answer's body, 30,000 by default; 0: no limit, for streams. */
  readonly bodyTimeoutMs?: number;
}

export const POOL_DEFAULTS: Required<PoolOptions> = {
  connections: 64,
  keepAliveTimeoutMs: 4000,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
};

/** How many of the longest unused pools are looked at for one that nobody uses. */
const EVICTION_SCAN = 16;

interface Entry {
  readonly key: string;
  readonly origin: string;
  readonly pool: Pool;
}

/** Keeps a bounded number of pools; the longest unused one makes room. */
export class PoolShelf {
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  /** The one used last, which is most often the one that is asked for. */
  #newest: Entry | undefined;
  readonly #suffixes = new WeakMap<PoolOptions, string>();
  readonly #retiring = new Set<Pool>();
  #closed = false;

  constructor(
    private readonly create: (origin: string, options: Required<PoolOptions>) => Pool,
    private readonly maxPools: number,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  take(origin: string, given: PoolOptions): Pool {
    if (this.#closed) throw new AppError('unavailable', 'egress.closed', 'the service is shutting down');
    const key = this.#keyOf(origin, given);
    const newest = this.#newest;
    if (newest?.key === key) return newest.pool;
    const entry = this.#entries.get(key) ?? {
      key,
      origin,
      pool: this.create(origin, { ...POOL_DEFAULTS, ...given }),
    };
    this.#entries.delete(key);
    if (this.#entries.size >= this.maxPools) this.#evict();
    this.#entries.set(key, entry);
    this.#newest = entry;
    return entry.pool;
  }

  /** Closes an origin's pools: what runs may end within `graceMs`, then it is cut. */
  async drop(origin: string, graceMs: number): Promise<void> {
    const dropped = [...this.#entries].filter(([, entry]) => entry.origin === origin);
    for (const [key] of dropped) this.#entries.delete(key);
    this.#newest = undefined;
    await Promise.all(dropped.map(([, { pool }]) => this.#end(pool, graceMs)));
  }

  /** Closes everything, pools on their way out included, and gives out no more. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const pools = [...this.#retiring, ...[...this.#entries.values()].map(({ pool }) => pool)];
    this.#entries.clear();
    this.#newest = undefined;
    await Promise.all(pools.map((pool) => this.#end(pool, graceMs)));
  }

  /** Callers ask with the same object each time. */
  #keyOf(origin: string, given: PoolOptions): string {
    let suffix = this.#suffixes.get(given);
    if (suffix === undefined) {
      const { connections, keepAliveTimeoutMs, headersTimeoutMs, bodyTimeoutMs } = { ...POOL_DEFAULTS, ...given };
      suffix = ` ${connections} ${keepAliveTimeoutMs} ${headersTimeoutMs} ${bodyTimeoutMs}`;
      this.#suffixes.set(given, suffix);
    }
    return origin + suffix;
  }

  #evict(): void {
    const oldest: [string, Entry][] = [];
    for (const item of this.#entries) if (oldest.push(item) >= EVICTION_SCAN) break;
    const victim = oldest.find(([, { pool }]) => pool.stats.size === 0) ?? oldest[0];
    if (!victim) return;
    const [key, { pool }] = victim;
    this.#entries.delete(key);
    // Without a deadline: calls in flight are not cut because somebody else called elsewhere.
    this.#retiring.add(pool);
    void pool
      .close()
      .catch(() => undefined)
      .then(() => this.#retiring.delete(pool));
  }

  async #end(pool: Pool, graceMs: number): Promise<void> {
    this.#retiring.add(pool);
    // A failure of this wait says that the time is up: what still runs is cut below.
    await withDeadline(pool.close(), graceMs, () => new Error('still busy')).catch(() => undefined);
    await pool.destroy();
    this.#retiring.delete(pool);
  }
}
