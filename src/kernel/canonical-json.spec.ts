import { describe, expect, it } from 'vitest';
import { canonicalHash, canonicalJson, type Json } from './canonical-json.js';

describe('canonicalJson', () => {
  it.each<[string, Json, string]>([
    [
      'sorts members by UTF-16 code units (RFC 8785, 3.2.3)',
      { '€': 1, '\r': 2, '1': 3, '😀': 4, ö: 5 },
      '{"\\r":2,"1":3,"ö":5,"€":1,"😀":4}',
    ],
    ['writes numbers as ECMAScript does', [0.1, 1e30, 4.5, 0.002, 1e-27, -0], '[0.1,1e+30,4.5,0.002,1e-27,0]'],
    ['keeps null, drops undefined', { a: null, b: undefined }, '{"a":null}'],
    ['sorts at every depth', [{ b: { d: 1, c: 2 }, a: [] }], '[{"a":[],"b":{"c":2,"d":1}}]'],
  ])('%s', (_name, value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  it('hashes equal content equally, whatever its order', () => {
    expect(canonicalHash({ a: 1, b: 2 })).toBe(canonicalHash({ b: 2, a: 1 }));
    expect(canonicalHash({ a: 1 })).not.toBe(canonicalHash({ a: 2 }));
  });
});
