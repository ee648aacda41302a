import { expect, it } from 'vitest';
import type { Sampler } from '../samplers.js';
import { TimelyReader } from './read-in-time.js';

function sampler(read: Sampler['read']): Sampler {
  return { name: 'x', unit: 'milliseconds', better: 'lower', warning: 1, critical: 2, read };
}

it.each([
  ['a number', () => 1.5, { value: 1.5 }],
  ['nothing to measure', () => undefined, { value: undefined }],
  ['what is no number', () => Number.NaN, { fault: 'read NaN' }],
  ['a refusal', () => Promise.reject(new Error('away')), { fault: 'away' }],
])('reads %s', async (_what, read, expected) => {
  expect(await new TimelyReader().read(sampler(read))).toEqual(expected);
});

it('asks one that hangs once only, until it answered', async () => {
  let asked = 0;
  let answer: ((value: number) => void) | undefined;
  const hanging = sampler(() => {
    asked += 1;
    return new Promise<number>((resolve) => {
      answer = resolve;
    });
  });
  const reader = new TimelyReader(1);
  const late = { fault: 'no answer within 1 ms' };
  expect(await reader.read(hanging)).toEqual(late);
  expect(await reader.read(hanging)).toEqual(late);
  expect(asked).toBe(1);
  answer?.(7);
  await new Promise(setImmediate);
  const again = reader.read(hanging);
  answer?.(8);
  expect(await again).toEqual({ value: 8 });
  expect(asked).toBe(2);
});
