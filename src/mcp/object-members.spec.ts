import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { randomObject, seededRandom } from '../../test/support/random-json.js';
import { encodeMembers, membersOf } from './object-members.js';

const shown = (text: string) => [...membersOf(Buffer.from(text))].map(([key, value]) => `${key}=${value.toString()}`);

describe('membersOf', () => {
  it.each<[string, string[]]>([
    ['{}', []],
    [' { } ', []],
    ['{"a":1}', ['a=1']],
    ['{ "a" : 1.50 , "b":"x" }', ['a=1.50', 'b="x"']],
    ['{"a":{"b":[1, {"c":"}"}]},"d":[ ]}', ['a={"b":[1, {"c":"}"}]}', 'd=[ ]']],
    ['{"\\u0061":"\\u0062","é\\"":null}', ['a="\\u0062"', 'é"=null']],
    ['{"a":1,"b":2,"a":3}', ['a=3', 'b=2']],
    ['{"2":1,"1":2,"__proto__":3}', ['2=1', '1=2', '__proto__=3']],
  ])('%s', (text, expected) => {
    expect(shown(text)).toStrictEqual(expected);
  });

  it('reads 3,000 random objects as JSON.parse does, and puts them together again', () => {
    const random = seededRandom(11);
    const wrong: string[] = [];
    for (let round = 0; round < 3_000; round += 1) {
      const text = randomObject(random, { keys: [['a', 'b', '1', 'c']], duplicates: round % 2 === 1 }, 4);
      const parsed: unknown = JSON.parse(text);
      const members = membersOf(Buffer.from(text));
      const values = [...members].map(([key, value]) => [key, JSON.parse(value.toString()) as unknown]);
      const same = isDeepStrictEqual(Object.fromEntries(values), parsed);
      const again: unknown = JSON.parse(encodeMembers(members).toString());
      if (!same || !isDeepStrictEqual(again, parsed)) wrong.push(text);
    }
    expect(wrong).toStrictEqual([]);
  });

  it.each(['', '{', '{"a', '{"a"', '{"a":', '{"a":"', '{"a":{"b', '{"a":["x", "'])(
    'ends on %s, which is no JSON',
    (text) => {
      expect(membersOf(Buffer.from(text)).size).toBeLessThan(2);
    },
  );
});

describe('encodeMembers', () => {
  it.each<[[string, Buffer | string][], string]>([
    [[], '{}'],
    [[['a', '1']], '{"a":1}'],
    [[['"', Buffer.from('[1, 2]')]], '{"\\"":[1, 2]}'],
    [
      [
        ['a', '{ }'],
        ['é', '"é"'],
      ],
      '{"a":{ },"é":"é"}',
    ],
  ])('%j', (members, expected) => {
    expect(encodeMembers(new Map(members)).toString()).toBe(expected);
  });
});
