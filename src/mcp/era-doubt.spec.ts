import { describe, expect, it } from 'vitest';
import { doubtsEra } from './era-doubt.js';

describe('doubtsEra', () => {
  it.each<[number, number | undefined, boolean]>([
    [200, undefined, false],
    [200, -32602, false],
    [200, -32022, true],
    [400, -32022, true],
    [400, -32020, false],
    [400, -32021, false],
    [404, -32601, false],
    [400, -32601, true],
    [400, -32600, true],
    [400, -32000, true],
    [404, undefined, true],
    [405, undefined, true],
    [401, undefined, false],
    [403, -32600, false],
    [429, undefined, false],
    [500, undefined, false],
    [503, -32000, false],
  ])('HTTP %i with %s: %s', (status, code, expected) => {
    expect(doubtsEra(status, code)).toBe(expected);
  });
});
