import { describe, expect, it } from 'vitest';
import type { Demand } from './demand.js';
import { MemoryBuckets } from './memory-buckets.js';

const bucket = (key: string, perMinute: number, capacity = perMinute): Demand => ({ key, perMinute, capacity });

function buckets(atMost?: number) {
  let nowUs = 1_000_000;
  return {
    buckets: new MemoryBuckets(() => nowUs, atMost),
    pass: (ms: number) => {
      nowUs += ms * 1000;
    },
  };
}

describe('MemoryBuckets', () => {
  it.each([
    [1, 1],
    [7, 7],
    [10, 10],
    [100, 200],
    [1000, 2000],
  ])('lets %i a minute with %i at once pass exactly so many at once', (perMinute, capacity) => {
    const { buckets: given } = buckets();
    const demand = [bucket('a', perMinute, capacity)];
    const passed = Array.from({ length: capacity * 3 }, () => given.take(demand)).filter(({ allowed }) => allowed);
    expect(passed.length).toBe(capacity);
    expect(passed.map(({ remaining }) => remaining)).toEqual(
      Array.from({ length: capacity }, (_, i) => capacity - 1 - i),
    );
  });

  it('lets one pass after the time that it named, and none before', () => {
    const { buckets: given, pass } = buckets();
    const demand = [bucket('a', 10)];
    for (let i = 0; i < 10; i++) given.take(demand);
    expect(given.take(demand)).toEqual({ allowed: false, perMinute: 10, remaining: 0, retryAfterMs: 6000 });
    pass(5999);
    expect(given.take(demand)).toMatchObject({ allowed: false, retryAfterMs: 1 });
    pass(1);
    expect(given.take(demand).allowed).toBe(true);
    expect(given.take(demand).allowed).toBe(false);
  });

  it('takes from all buckets or from none, and tells of the emptiest', () => {
    const { buckets: given } = buckets();
    const [own, shared] = [bucket('a', 100), bucket('t', 2)];
    expect(given.take([own, shared])).toMatchObject({ allowed: true, perMinute: 2, remaining: 1 });
    given.take([own, shared]);
    expect(given.take([own, shared])).toMatchObject({ allowed: false, perMinute: 2 });
    expect(given.take([own])).toMatchObject({ allowed: true, remaining: 97 });
  });

  it('learns only of what is emptier than it knew', () => {
    const { buckets: given } = buckets();
    given.learn('a', 60_000_000);
    given.learn('a', 0);
    expect(given.take([bucket('a', 10)]).allowed).toBe(false);
  });

  it('forgets the one that was touched longest ago beyond its bound', () => {
    const { buckets: given } = buckets(2);
    for (const key of ['a', 'b', 'a', 'c']) given.take([bucket(key, 1)]);
    expect(given.size).toBe(2);
    expect(given.take([bucket('b', 1)]).allowed).toBe(true);
  });
});
