import { lookup as systemLookup } from 'node:dns/promises';
import { AppError, messageOf } from '../kernel/app-error.js';
import { withDeadline } from './deadline.js';
import { UnresolvableError } from './egress-errors.js';

/** Finds the addresses of a host name. */
export interface Resolver {
  /**
   * All addresses, at least one, in the order in which they should be tried.
   * @throws UnresolvableError
   */
  resolve(host: string): Promise<readonly string[]>;
}

export interface SystemResolverOptions {
  readonly timeoutMs?: number;
  /** How many names may be looked up at once. A look-up that hangs in the system counts until it ends. */
  readonly maxPending?: number;
  readonly lookup?: (host: string) => Promise<readonly { readonly address: string }[]>;
}

/** The operating system's resolver: the hosts file, search domains and all. */
export class SystemResolver implements Resolver {
  readonly #pending = new Map<string, Promise<readonly string[]>>();
  readonly #timeoutMs: number;
  readonly #maxPending: number;
  readonly #lookup: NonNullable<SystemResolverOptions['lookup']>;

  constructor(options: SystemResolverOptions = {}) {
    this.#timeoutMs = options.timeoutMs ?? 3000;
    this.#maxPending = options.maxPending ?? 256;
    this.#lookup = options.lookup ?? ((host) => systemLookup(host, { all: true, verbatim: true }));
  }

  async resolve(host: string): Promise<readonly string[]> {
    return withDeadline(
      this.#join(host),
      this.#timeoutMs,
      () => new UnresolvableError(host, `no answer within ${this.#timeoutMs} ms`),
    );
  }

  /** One look-up a name at a time: a hanging getaddrinfo cannot be cancelled, and must not be multiplied. */
  async #join(host: string): Promise<readonly string[]> {
    const running = this.#pending.get(host);
    if (running) return running;
    if (this.#pending.size >= this.#maxPending) {
      throw new AppError('unavailable', 'egress.resolver_busy', 'too many host names are being looked up; try again', {
        retryAfterSeconds: 5,
      });
    }
    const started = this.#ask(host).finally(() => this.#pending.delete(host));
    this.#pending.set(host, started);
    return started;
  }

  async #ask(host: string): Promise<readonly string[]> {
    const found = await this.#lookup(host).catch((error: unknown) => {
      throw new UnresolvableError(host, messageOf(error), error);
    });
    if (found.length === 0) throw new UnresolvableError(host, 'it has no address');
    return [...new Set(found.map(({ address }) => address))];
  }
}
