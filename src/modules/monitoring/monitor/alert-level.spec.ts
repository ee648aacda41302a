import { describe, expect, it } from 'vitest';
import { type AlertLevel, AlertState, levelOf } from './alert-level.js';

const LETTERS: Readonly<Record<string, AlertLevel>> = { '-': 'none', w: 'warning', c: 'critical' };

describe('levelOf', () => {
  const lower = { better: 'lower', warning: 80, critical: 95 } as const;
  const higher = { better: 'higher', warning: 70, critical: 50 } as const;
  it.each([
    [lower, 80, 'none'],
    [lower, 80.1, 'warning'],
    [lower, 95, 'warning'],
    [lower, 95.1, 'critical'],
    [higher, 70, 'none'],
    [higher, 69.9, 'warning'],
    [higher, 49.9, 'critical'],
  ] as const)('%o: %d is %s', (thresholds, value, level) => {
    expect(levelOf(value, thresholds)).toBe(level);
  });
});

describe('AlertState', () => {
  it.each([
    ['one outlier raises nothing', '-w-c-', '-----'],
    ['two in a row raise', 'ww', '-w'],
    ['what both reached', 'wcc', '-wc'],
    ['critical at once', 'cc', '-c'],
    ['two good ones do not clear', 'ww--w--', '-wwwwww'],
    ['three in a row clear', 'ww---', '-www-'],
    ['it falls to what three stayed within', 'cc-w-', '-cccw'],
    ['and then clears', 'ccwww---', '-cccwww-'],
  ])('%s: %s', (_what, samples, levels) => {
    const state = new AlertState();
    const seen = samples.split('').map((letter) => {
      const before = state.level;
      expect(state.next(LETTERS[letter] ?? 'none')).toBe(before !== state.level);
      return state.level;
    });
    expect(seen).toEqual(levels.split('').map((letter) => LETTERS[letter]));
  });
});
