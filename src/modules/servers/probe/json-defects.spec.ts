import { describe, expect, it } from 'vitest';
import type { Json } from '../../../kernel/canonical-json.js';
import { measure } from './json-defects.js';

const limits = { depth: 3, definitionBytes: 64 };

describe('measure', () => {
  it.each<[string, Json, number]>([
    ['a scalar', 1, 1],
    ['text in UTF-8', 'ä', 4],
    ['a whole surrogate pair', '😀', 6],
    ['as deep as allowed', { a: { b: { c: 1 } } }, 19],
    ['as long as allowed', 'x'.repeat(62), 64],
  ])('%s', (_what, value, bytes) => {
    expect(measure(value, limits)).toEqual({ bytes });
  });

  it.each<[string, Json, RegExp]>([
    ['NUL in a value', { a: ['\0'] }, /NUL/],
    ['NUL in a member name', { 'a\0': 1 }, /NUL/],
    ['half a surrogate pair', ['\uD83D'], /surrogate/],
    ['too deep', { a: { b: { c: [] } } }, /deeper than 3 levels/],
    ['too long', 'x'.repeat(63), /has 65 bytes, more than the 64/],
  ])('%s', (_what, value, defect) => {
    expect(measure(value, limits)).toEqual({ defect: expect.stringMatching(defect) });
  });

  it('does not overflow the stack', () => {
    const levels = 200_000;
    const value = JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as Json;
    expect(measure(value, limits)).toHaveProperty('defect');
  });
});
