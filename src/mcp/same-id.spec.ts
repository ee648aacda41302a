import { describe, expect, it } from 'vitest';
import { sameId } from './same-id.js';

describe('sameId', () => {
  it.each([
    ['7', '7', true],
    ['7', '7.0', true],
    ['7', '"7"', false],
    ['7', '8', false],
    ['"a"', '"\\u0061"', true],
    ['"a"', '"A"', false],
    ['7', 'null', false],
    ['7', '', false],
    ['7', '7 7', false],
  ])('%s and %s: %s', (a, b, same) => {
    expect(sameId(a, b)).toBe(same);
  });
});
