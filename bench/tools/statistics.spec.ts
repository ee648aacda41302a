import { expect, it } from 'vitest';
import { median, medianRatio } from './statistics.js';

it.each([
  [[], undefined],
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 3, 2], 2],
])('the median of %j is %j', (values, expected) => {
  expect(median(values)).toBe(expected);
});

it.each([
  [[8, 4, 9], [10, 5, 10], 0.8],
  [[8, undefined, 9], [10, 5, 10], 0.8],
  [[8], [0], undefined],
])('the median ratio of %j to %j is %j', (values, base, expected) => {
  expect(medianRatio(values, base)).toBe(expected);
});
