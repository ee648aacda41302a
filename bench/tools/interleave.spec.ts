import { expect, it } from 'vitest';
import { interleave } from './interleave.js';

it('measures every subject in every round, each round beginning with another one', async () => {
  const order: string[] = [];
  const results = await interleave([{ name: 'a' }, { name: 'b' }, { name: 'c' }], 4, ({ name }, round) => {
    order.push(name);
    return Promise.resolve(`${name}${round}`);
  });
  expect(order.join('')).toBe('abcbcacababc');
  expect(results.get('b')).toEqual(['b0', 'b1', 'b2', 'b3']);
});
