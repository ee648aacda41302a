import { Pool } from 'undici';
import { describe, expect, it } from 'vitest';
import { PoolShelf } from './pool-shelf.js';

const shelfOf = (maxPools: number): PoolShelf => new PoolShelf((origin) => new Pool(origin), maxPools);

describe('PoolShelf', () => {
  it('shares a pool among callers with equal options', async () => {
    const shelf = shelfOf(10);
    const pool = shelf.take('http://a.example', {});
    expect(shelf.take('http://a.example', { connections: 64 })).toBe(pool);
    expect(shelf.take('http://a.example', { connections: 1 })).not.toBe(pool);
    expect(shelf.take('http://b.example', {})).not.toBe(pool);
    expect(shelf.size).toBe(3);
    await shelf.close(0);
  });

  it('closes the longest unused one to make room', async () => {
    const shelf = shelfOf(2);
    const [a, b] = [shelf.take('http://a.example', {}), shelf.take('http://b.example', {})];
    shelf.take('http://a.example', {});
    shelf.take('http://c.example', {});
    expect([shelf.size, a.closed, b.closed]).toEqual([2, false, true]);
    await shelf.close(0);
  });

  it('forgets all pools of an origin, and makes new ones when asked', async () => {
    const shelf = shelfOf(10);
    const dropped = [shelf.take('http://a.example', {}), shelf.take('http://a.example', { connections: 1 })];
    const kept = shelf.take('http://b.example', {});
    await shelf.drop('http://a.example', 0);
    expect(dropped.map((pool) => pool.destroyed)).toEqual([true, true]);
    expect(kept.closed).toBe(false);
    expect(shelf.take('http://a.example', {}).closed).toBe(false);
    await shelf.close(0);
  });

  it('gives out nothing once closed', async () => {
    const shelf = shelfOf(10);
    const pool = shelf.take('http://a.example', {});
    await shelf.close(0);
    expect(pool.destroyed).toBe(true);
    expect(() => shelf.take('http://a.example', {})).toThrow('shutting down');
  });
});
