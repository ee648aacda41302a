import type { RedisClient } from '../cache/index.js';
import type { Decision, Demand } from './demand.js';
import { decide, intervalUs } from './gcra.js';
import type { MemoryBuckets } from './memory-buckets.js';
import { TAKE } from './take-script.js';

/**
 * Buckets that all replicas share. Each answer of Redis is also kept in the process, so that counting
 * goes on from there when Redis is gone or slow: never unlimited, and no second burst.
 */
export class SharedBuckets {
  constructor(
    private readonly redis: Pick<RedisClient, 'isReady' | 'run'>,
    private readonly local: MemoryBuckets,
  ) {}

  /** At once when Redis is away; never rejects. */
  take(demands: readonly Demand[]): Decision | Promise<Decision> {
    return this.redis.isReady ? this.#takeShared(demands) : this.local.take(demands);
  }

  async #takeShared(demands: readonly Demand[]): Promise<Decision> {
    const keys = demands.map(({ key }) => key);
    const args = demands.flatMap((demand) => [String(intervalUs(demand)), String(demand.capacity)]);
    const debts = debtsOf(await this.redis.run(TAKE, keys, args).catch(() => undefined), demands.length);
    if (!debts) return this.local.take(demands);
    const decision = decide(demands, debts);
    for (const [at, demand] of demands.entries()) {
      this.local.learn(demand.key, (debts[at] ?? 0) + (decision.allowed ? intervalUs(demand) : 0));
    }
    return decision;
  }
}

function debtsOf(reply: unknown, count: number): readonly number[] | undefined {
  if (!Array.isArray(reply) || reply.length !== count) return undefined;
  return reply.every((debt) => typeof debt === 'number') ? reply : undefined;
}
