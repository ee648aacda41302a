import { describe, expect, it } from 'vitest';
import { LateBreaker } from './late-breaker.js';

describe('LateBreaker', () => {
  it.each<[answers: string, isOpen: boolean]>([
    ['', false],
    ['LL', false],
    ['LLL', true],
    ['LLLL', true],
    ['LLtL', false],
    ['LLtLLL', true],
    ['LLLt', false],
  ])('after %j (L late, t in time): open %s', (answers, isOpen) => {
    const breaker = new LateBreaker();
    for (const answer of answers) {
      if (answer === 'L') breaker.late();
      else breaker.inTime();
    }
    expect(breaker.isOpen).toBe(isOpen);
  });
});
