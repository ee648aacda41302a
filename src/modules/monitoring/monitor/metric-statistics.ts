import type { Better } from '../samplers.js';

export type Trend = 'improving' | 'degrading' | 'stable' | 'insufficient_data';

export interface MetricStatistics {
  readonly current: number;
  readonly average: number;
  readonly min: number;
  readonly max: number;
  readonly p95: number;
  /** Of the population. */
  readonly standardDeviation: number;
  readonly sampleCount: number;
  readonly trend: Trend;
}

const SAMPLES_FOR_A_TREND = 10;
/** A change of the average by more than this share of it is a trend. */
const TREND_SHARE = 0.1;

/** Of the samples of a window, oldest first; `undefined` when there is none. */
export function statisticsOf(values: readonly number[], better: Better): MetricStatistics | undefined {
  const current = values.at(-1);
  if (current === undefined) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const average = averageOf(values);
  return {
    current,
    average,
    min: sorted[0] ?? current,
    max: sorted.at(-1) ?? current,
    // Nearest rank.
    p95: sorted[Math.ceil(sorted.length * 0.95) - 1] ?? current,
    standardDeviation: Math.sqrt(averageOf(values.map((value) => (value - average) ** 2))),
    sampleCount: values.length,
    trend: trendOf(values, better),
  };
}

/** The first half of the window against the second one. */
export function trendOf(values: readonly number[], better: Better): Trend {
  if (values.length < SAMPLES_FOR_A_TREND) return 'insufficient_data';
  const middle = Math.floor(values.length / 2);
  const before = averageOf(values.slice(0, middle));
  const after = averageOf(values.slice(middle));
  // By multiplication: what was 0 before has no share.
  if (Math.abs(after - before) <= Math.abs(before) * TREND_SHARE) return 'stable';
  return after > before === (better === 'higher') ? 'improving' : 'degrading';
}

function averageOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
