import { describe, expect, it } from 'vitest';
import { readVector } from './search-vector.js';

describe('readVector', () => {
  it('counts positions by field; the default weight is not printed', () => {
    const vector = readVector("'get':1A 'price':3A,7B,20C,21C,40 'stock':2A,41", new Set(['price', 'stock', 'absent']));
    expect(vector.lengths).toEqual({ A: 3, B: 1, C: 2, D: 2 });
    expect([...vector.occurrences]).toEqual([
      ['price', { A: 1, B: 1, C: 2, D: 1 }],
      ['stock', { A: 1, B: 0, C: 0, D: 1 }],
    ]);
  });

  it('reads quotes and an empty vector', () => {
    expect(readVector("'it''s':12A", new Set()).lengths.A).toBe(1);
    expect(readVector('', new Set(['a']))).toEqual({ lengths: { A: 0, B: 0, C: 0, D: 0 }, occurrences: new Map() });
  });
});
