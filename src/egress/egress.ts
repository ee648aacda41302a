import { Pool } from 'undici';
import type { EgressPolicy } from './address-policy.js';
import { checkedAddresses, type Gate } from './checked-addresses.js';
import { checkedConnector } from './checked-connector.js';
import { checkedFetch, type FetchOptions } from './checked-fetch.js';
import { parseEndpoint, portOf } from './endpoint-url.js';
import { type PoolOptions, PoolShelf } from './pool-shelf.js';
import { type Resolver, SystemResolver } from './resolver.js';

export interface EgressOptions {
  readonly policy: EgressPolicy;
  readonly connectTimeoutMs: number;
  readonly resolver?: Resolver;
  /** Pools kept at most, 2,048 by default: one for each origin and kind of caller. */
  readonly maxPools?: number;
  /** PEM certificates to trust in place of the system's. */
  readonly ca?: string;
}

/** The way out: every connection of the service to somebody else's address is made here. */
export class Egress {
  readonly #gate: Gate;
  readonly #shelf: PoolShelf;

  constructor(options: EgressOptions) {
    const { policy, connectTimeoutMs, ca } = options;
    this.#gate = { policy, resolver: options.resolver ?? new SystemResolver() };
    this.#shelf = new PoolShelf(
      (origin, pool) =>
        new Pool(origin, {
          connect: checkedConnector({ ...this.#gate, connectTimeoutMs, ca }),
          connections: pool.connections,
          keepAliveTimeout: pool.keepAliveTimeoutMs,
          headersTimeout: pool.headersTimeoutMs,
          bodyTimeout: pool.bodyTimeoutMs,
          pipelining: 1,
        }),
      options.maxPools ?? 2048,
    );
  }

  /**
   * Whether this URL may be connected to now. A connection checks again by itself; this is for saying so
   * before anything is stored.
   * @throws EgressDeniedError, UnresolvableError, AppError `egress.invalid_url`, `egress.own_unresolvable`
   */
  async check(url: URL | string): Promise<void> {
    const parsed = parseEndpoint(String(url));
    await checkedAddresses(this.#gate, parsed.hostname, portOf(parsed));
  }

  /**
   * The pool of an origin, made on first use. Ask for it at each request and keep it no longer: the longest
   * unused one is closed when there are too many.
   * @param origin as `URL.origin` writes it
   * @throws AppError `egress.closed`
   */
  pool(origin: string, options: PoolOptions = {}): Pool {
    return this.#shelf.take(origin, options);
  }

  /** A `fetch` for libraries that take one. */
  createFetch(options: FetchOptions): typeof fetch {
    return checkedFetch((origin) => this.pool(origin, options.pool), options);
  }

  /** Closes and forgets an origin's pools; what runs has `graceMs` to end. The origin may be used again. */
  async closeOrigin(origin: string, graceMs = 1000): Promise<void> {
    await this.#shelf.drop(origin, graceMs);
  }

  /** Closes every pool for good; what runs has `graceMs` to end. */
  async close(graceMs = 1000): Promise<void> {
    await this.#shelf.close(graceMs);
  }
}
