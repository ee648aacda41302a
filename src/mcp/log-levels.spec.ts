import { describe, expect, it } from 'vitest';
import { reachesLevel } from './log-levels.js';

describe('reachesLevel', () => {
  it.each<[unknown, unknown, boolean]>([
    ['warning', 'info', true],
    ['info', 'info', true],
    ['debug', 'info', false],
    ['emergency', 'alert', true],
    ['loud', 'debug', false],
    ['error', 'loud', false],
    ['error', undefined, false],
    [undefined, 'debug', false],
    [7, 'debug', false],
  ])('%j for a client that asked for %j: %s', (level, least, expected) => {
    expect(reachesLevel(level, least)).toBe(expected);
  });
});
