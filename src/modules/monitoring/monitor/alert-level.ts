import type { Sampler } from '../samplers.js';

export const SEVERITIES = ['warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];
export type AlertLevel = 'none' | Severity;
export type Thresholds = Pick<Sampler, 'better' | 'warning' | 'critical'>;

const RANK = ['none', 'warning', 'critical'] as const satisfies readonly AlertLevel[];
const UP_AFTER = 2;
const DOWN_AFTER = 3;

/** What a value alone would say. The threshold itself is still good. */
export function levelOf(value: number, { better, warning, critical }: Thresholds): AlertLevel {
  const beyond = (threshold: number): boolean => (better === 'lower' ? value > threshold : value < threshold);
  if (beyond(critical)) return 'critical';
  return beyond(warning) ? 'warning' : 'none';
}

/**
 * Hysteresis: a level rises to what two samples in a row reached, and falls to what three in a row stayed
 * within, so that one outlier neither raises nor clears an alert.
 */
export class AlertState {
  #level: AlertLevel = 'none';
  #recent: readonly number[] = [];

  get level(): AlertLevel {
    return this.#level;
  }

  /** @returns whether the level is another one now. */
  next(sample: AlertLevel): boolean {
    this.#recent = [...this.#recent, RANK.indexOf(sample)].slice(-DOWN_AFTER);
    const before = RANK.indexOf(this.#level);
    const up = this.#recent.length < UP_AFTER ? 0 : Math.min(...this.#recent.slice(-UP_AFTER));
    const down = this.#recent.length < DOWN_AFTER ? before : Math.max(...this.#recent);
    const now = up > before ? up : Math.min(before, down);
    this.#level = RANK[now] ?? 'none';
    return now !== before;
  }
}
