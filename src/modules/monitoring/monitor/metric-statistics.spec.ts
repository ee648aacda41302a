import { describe, expect, it } from 'vitest';
import { MetricRing } from './metric-ring.js';
import { statisticsOf, trendOf } from './metric-statistics.js';

const half = (value: number): number[] => Array.from({ length: 5 }, () => value);

describe('statisticsOf', () => {
  it('has nothing to say of no samples', () => {
    expect(statisticsOf([], 'lower')).toBeUndefined();
  });

  it('describes a window', () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(statisticsOf(values, 'lower')).toEqual({
      current: 9,
      average: 5,
      min: 2,
      max: 9,
      p95: 9,
      standardDeviation: 2,
      sampleCount: 8,
      trend: 'insufficient_data',
    });
  });

  it('takes the nearest rank for p95', () => {
    expect(statisticsOf(Array.from({ length: 100 }, (_, n) => n + 1).toReversed(), 'lower')?.p95).toBe(95);
  });
});

describe('trendOf', () => {
  it.each([
    ['lower', 100, 111, 'degrading'],
    ['lower', 100, 89, 'improving'],
    ['higher', 100, 111, 'improving'],
    ['higher', 100, 89, 'degrading'],
    ['lower', 100, 110, 'stable'],
    ['lower', 0, 0, 'stable'],
    ['lower', 0, 1, 'degrading'],
    ['higher', 0, 1, 'improving'],
  ] as const)('%s is better: from %d to %d is %s', (better, before, after, trend) => {
    expect(trendOf([...half(before), ...half(after)], better)).toBe(trend);
  });

  it('needs ten samples', () => {
    expect(trendOf([...half(1), ...half(9)].slice(1), 'lower')).toBe('insufficient_data');
  });
});

describe('MetricRing', () => {
  it('keeps the last ones, oldest first, and gives those of a window', () => {
    const ring = new MetricRing(3);
    expect(ring.since(0)).toEqual([]);
    for (let n = 1; n <= 5; n += 1) ring.push(n, n * 1000);
    expect(ring.since(0)).toEqual([3, 4, 5]);
    expect(ring.since(4000)).toEqual([4, 5]);
  });
});
