import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.js';

function recorded(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

const HUNDRED = Array.from({ length: 100 }, (_, index) => index + 1);

describe('Histogram', () => {
  it.each<[string, number[], number, number]>([
    ['the median', HUNDRED, 0.5, 50],
    ['the 99th percentile', HUNDRED, 0.99, 99],
    ['the largest', HUNDRED, 1, 100],
    ['one value', [0.02], 0.99, 0.02],
    ['far apart', [0.1, 0.1, 0.1, 30_000], 1, 30_000],
    ['out of range', [500_000], 0.5, 134_217],
  ])('finds %s within 1 %%', (_name, values, quantile, expected) => {
    const found = recorded(values).quantileMs(quantile);
    expect(Math.abs(found - expected) / expected).toBeLessThan(0.01);
  });

  it('never names more than the longest that it saw', () => {
    expect(recorded([1.001]).quantileMs(1)).toBeLessThanOrEqual(1.001);
  });

  it('counts, and averages', () => {
    const { count, meanMs, maxMs } = recorded([1, 2, 6]);
    expect({ count, meanMs, maxMs }).toEqual({ count: 3, meanMs: 3, maxMs: 6 });
  });

  it('is zero when empty', () => {
    expect(new Histogram().quantileMs(0.5)).toBe(0);
  });
});
