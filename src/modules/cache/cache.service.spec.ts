import { describe, expect, it } from 'vitest';
import { Clock } from '../../kernel/clock.js';
import { CacheService } from './cache.service.js';

class SetClock extends Clock {
  ms = 0;
  now(): Date {
    return new Date(this.ms);
  }
}

describe('CacheService', () => {
  it('loads once for callers that miss together, and again after the TTL', async () => {
    const clock = new SetClock();
    const cache = new CacheService(clock);
    let loads = 0;
    const get = () => cache.getOrLoad('n:', 'k', () => Promise.resolve(++loads), { ttlMs: 1000 });
    expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
    clock.ms = 999;
    expect(await get()).toBe(1);
    clock.ms = 1000;
    expect(await get()).toBe(2);
  });

  it('keeps null apart from a miss, and does not keep a failure', async () => {
    const cache = new CacheService(new SetClock());
    let loads = 0;
    const loadNull = () => cache.getOrLoad<null>('n:', 'null', () => Promise.resolve((loads++, null)), { ttlMs: 10 });
    expect([await loadNull(), await loadNull(), loads]).toEqual([null, null, 1]);
    await expect(cache.getOrLoad('n:', 'bad', () => Promise.reject(new Error('no')), { ttlMs: 10 })).rejects.toThrow(
      'no',
    );
    expect(await cache.getOrLoad('n:', 'bad', () => Promise.resolve('yes'), { ttlMs: 10 })).toBe('yes');
  });

  it('does not bring back what was invalidated while it loaded', async () => {
    const cache = new CacheService(new SetClock());
    const slow = deferred<string>();
    const first = cache.getOrLoad('n:', 'k', () => slow.promise, { ttlMs: 1000 });
    cache.invalidate('n:', 'k');
    slow.resolve('old');
    expect(await first).toBe('old');
    expect(await cache.getOrLoad('n:', 'k', () => Promise.resolve('new'), { ttlMs: 1000 })).toBe('new');
  });
});

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  const settle: ((value: T) => void)[] = [];
  const promise = new Promise<T>((resolve) => settle.push(resolve));
  return { promise, resolve: (value) => settle[0]?.(value) };
}
