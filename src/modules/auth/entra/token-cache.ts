import { AppError } from '../../../kernel/app-error.js';
import type { Clock } from '../../../kernel/clock.js';
import type { VerifiedToken } from './principal-of-claims.js';

const GOOD_AT_MOST = 10_000;
const REFUSED_AT_MOST = 10_000;
const REFUSED_FOR_MS = 60_000;

interface Good {
  readonly token: VerifiedToken;
  readonly untilMs: number;
}

interface Refusal {
  readonly error: AppError;
  readonly untilMs: number;
}

/**
 * What was found of tokens, by their hashes, in this process: good ones for as long as configured and never past
 * their end, refusals in a map of their own, so that bad tokens push no good one out.
 */
export class TokenCache {
  /** The longest unused one first. */
  readonly #good = new Map<string, Good>();
  readonly #refused = new Map<string, Refusal>();

  constructor(
    private readonly clock: Clock,
    private readonly ttlMs: number,
  ) {}

  /** @throws AppError what the token was refused with. */
  get(hash: string): VerifiedToken | undefined {
    const nowMs = this.clock.nowMs();
    const good = this.#good.get(hash);
    if (good) {
      if (good.untilMs > nowMs) {
        if (this.#good.size > GOOD_AT_MOST / 2) {
          this.#good.delete(hash);
          this.#good.set(hash, good);
        }
        return good.token;
      }
      this.#good.delete(hash);
    }
    const refusal = this.#refused.get(hash);
    if (refusal && refusal.untilMs > nowMs) throw refusal.error;
    return undefined;
  }

  keep(hash: string, token: VerifiedToken): void {
    const untilMs = Math.min(this.clock.nowMs() + this.ttlMs, token.expiresAtMs);
    bounded(this.#good, GOOD_AT_MOST).set(hash, { token, untilMs });
  }

  refuse(hash: string, error: AppError): void {
    bounded(this.#refused, REFUSED_AT_MOST).set(hash, { error, untilMs: this.clock.nowMs() + REFUSED_FOR_MS });
  }

  get size(): number {
    return this.#good.size;
  }
}

function bounded<T>(map: Map<string, T>, atMost: number): Map<string, T> {
  const [oldest] = map.size >= atMost ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
  return map;
}
