import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../test/support/random-json.js';
import { LatencyHistogram } from './latency-histogram.js';

describe('LatencyHistogram', () => {
  it('knows nothing of nothing', () => {
    expect(new LatencyHistogram().quantileMs(0.95)).toBeUndefined();
  });

  it.each<[string, (random: number) => number]>([
    ['under a millisecond', (r) => 0.2 + r * 0.7],
    ['evenly up to 2 s', (r) => r * 2000],
    ['heavy-tailed', (r) => 5 / (1.0001 - r)],
  ])('%s: quantiles within 10 %% of the sorted list', (_name, draw) => {
    const random = seededRandom(11);
    const histogram = new LatencyHistogram();
    const all = Array.from({ length: 5000 }, () => draw(random()));
    for (const ms of all) histogram.record(ms);
    all.sort((a, b) => a - b);
    for (const q of [0.5, 0.95, 0.99]) {
      const exact = all[Math.ceil(q * all.length) - 1]!;
      expect(Math.abs((histogram.quantileMs(q) ?? 0) / exact - 1)).toBeLessThan(0.1);
    }
    expect(histogram.sumMs).toBeCloseTo(
      all.reduce((sum, ms) => sum + ms, 0),
      3,
    );
  });

  it.each([0, 0.05, 42, 700_000, 5_000_000])('%d ms alone is never overstated', (ms) => {
    const histogram = new LatencyHistogram();
    histogram.record(ms);
    expect(histogram.quantileMs(0.95)).toBeLessThanOrEqual(ms);
  });

  it('adds up', () => {
    const [one, two] = [new LatencyHistogram(), new LatencyHistogram()];
    for (let n = 0; n < 90; n += 1) one.record(10);
    for (let n = 0; n < 10; n += 1) two.record(1000);
    one.addFrom(two);
    expect([one.count, one.sumMs]).toEqual([100, 10_900]);
    expect(one.quantileMs(0.95)).toBeGreaterThan(800);
    one.clear();
    expect([one.count, one.quantileMs(0.5)]).toEqual([0, undefined]);
  });
});
