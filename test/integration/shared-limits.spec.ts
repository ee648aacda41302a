import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Demand } from '../../src/modules/rate-limit/index.js';
import { LimitingProcess } from '../support/limits/limiting-process.js';
import { canStartRedis, type HarmedRedis, startHarmedRedis } from '../support/redis-server.js';

/** One token a minute comes back, so that none does during a test. */
const bucket = (key: string, capacity: number): Demand => ({ key: `mreg:limit:{t}:${key}`, perMinute: 1, capacity });

if (canStartRedis()) {
  describe('limits of two processes on one Redis', () => {
    let redis: HarmedRedis;
    let replicas: [LimitingProcess, LimitingProcess];

    beforeEach(async () => {
      redis = await startHarmedRedis();
      replicas = await Promise.all([LimitingProcess.start(redis.url), LimitingProcess.start(redis.url)]);
    });

    afterEach(async () => {
      await Promise.all(replicas.map((replica) => replica.stop()));
      await redis.close();
    });

    const both = async (times: number, demands: readonly Demand[]): Promise<number> => {
      const [one, other] = await Promise.all(replicas.map((replica) => replica.take(times, demands)));
      return (one ?? 0) + (other ?? 0);
    };

    it('lets exactly 10 of 100 concurrent requests pass a limit of 10', async () => {
      const tenMinute: Demand = { key: 'mreg:limit:{t}:ten', perMinute: 10, capacity: 10 };
      expect(await both(50, [tenMinute])).toBe(10);
    });

    it('takes from the bucket of the caller and of the tenant, or from neither', async () => {
      const tenant = bucket('tenant', 15);
      expect(await both(50, [bucket('a', 10), tenant])).toBe(10);
      expect(await both(50, [bucket('b', 10), tenant])).toBe(5);
      expect(await both(50, [bucket('b', 10)])).toBe(5);
    });

    it.each<[what: string, harm: () => void | Promise<void>]>([
      ['killed', () => redis.kill()],
      [
        'frozen',
        () => {
          redis.freeze();
        },
      ],
    ])('goes on counting in each process when Redis is %s', async (_what, harm) => {
      const demands = [bucket('a', 10)];
      expect(await both(3, demands)).toBe(6);
      await harm();
      // What Redis said last is known in each, and that is at least what it took itself.
      const after = await both(50, demands);
      expect(after).toBeGreaterThanOrEqual(8);
      expect(after).toBeLessThanOrEqual(14);
      expect(await both(50, demands)).toBe(0);
    });
  });
}
