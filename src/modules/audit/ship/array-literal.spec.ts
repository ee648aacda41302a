import { describe, expect, it } from 'vitest';
import { arrayLiteral } from './array-literal.js';

describe('arrayLiteral', () => {
  it.each<[(string | number | boolean | null)[], string]>([
    [[], '{}'],
    [['a', null, ''], '{"a",NULL,""}'],
    [['NULL', 'a,b', '{}'], '{"NULL","a,b","{}"}'],
    [['say "no"', String.raw`\x00`], String.raw`{"say \"no\"","\\x00"}`],
    [[1, 1.5, -2, null], '{1,1.5,-2,NULL}'],
    [[true, false], '{true,false}'],
  ])('%j', (values, literal) => {
    expect(arrayLiteral(values, (value) => value)).toBe(literal);
  });
});
