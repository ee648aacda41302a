import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { pick, randomObject, seededRandom } from '../../test/support/random-json.js';
import { scanBody, type BodyRanges } from './body-ranges.js';
import { isRecord } from './json-record.js';
import { MAX_BODY_DEPTH, ParsedBody, parseBody } from './parse-body.js';
import { splice, spliceAll } from './splice.js';
import { WireError } from './wire-error.js';

function parsed(text: string): ParsedBody {
  const body = parseBody(Buffer.from(text));
  if (body instanceof WireError) throw new Error(body.message);
  return body;
}

const CALL =
  '{"jsonrpc":"2.0", "id" : "a\\u0062" ,"method":"tools/call","params":{"name":"x}y","arguments":{"q":[1,{"z":"\\"}"}]},"_meta":{"progressToken":1}}}';

describe('parseBody', () => {
  it.each([
    ['a key twice at the top', '{"jsonrpc":"2.0","method":"a","method":"b","id":1}'],
    ['the same key in two spellings', '{"jsonrpc":"2.0","id":1,"method":"a","m\\u0065thod":"b"}'],
    ['the id twice', '{"jsonrpc":"2.0","id":1,"id":1,"method":"a"}'],
    ['params twice', '{"id":1,"method":"a","params":{"name":"a"},"params":{"name":"b"}}'],
    ['a key twice in params', '{"id":1,"method":"a","params":{"name":"a","name":"a"}}'],
    ['an escaped spelling in params', '{"id":1,"method":"a","params":{"name":"a","n\\u0061me":"b"}}'],
    ['a key twice in _meta', '{"id":1,"method":"a","params":{"_meta":{"k":1,"k":2}}}'],
    ['__proto__ twice', '{"id":1,"method":"a","params":{"__proto__":1,"__proto__":2}}'],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]'],
    ['an empty batch', '[]'],
    ['a number', '7'],
    ['null', 'null'],
    ['params that are an array', '{"id":1,"method":"a","params":["x"]}'],
    ['params that are null', '{"id":1,"method":"a","params":null}'],
    ['_meta that is a string', '{"id":1,"method":"a","params":{"_meta":"x"}}'],
    ['too much nesting', `{"params":{"arguments":${'['.repeat(MAX_BODY_DEPTH)}${']'.repeat(MAX_BODY_DEPTH)}}}`],
  ])('refuses %s with 400 and -32600', (_what, text) => {
    expect(parseBody(Buffer.from(text))).toMatchObject({ httpStatus: 400, code: -32600 });
  });

  it.each([
    ['nothing', ''],
    ['half a message', '{"id":1'],
    ['a trailing comma', '{"id":1,}'],
    ['a byte order mark', '\ufeff{"id":1}'],
    ['very deep garbage', '['.repeat(100_000)],
  ])('refuses %s with 400 and -32700', (_what, text) => {
    expect(parseBody(Buffer.from(text))).toMatchObject({ httpStatus: 400, code: -32700, id: 'null' });
  });

  it.each([
    ['a stray continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong encoding', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a cut sequence', [0x22, 0xe6, 0xbc, 0x22]],
  ])('refuses %s with -32600', (_what, bytes) => {
    const body = Buffer.concat([Buffer.from('{"id":1,"method":'), Buffer.from(bytes), Buffer.from('}')]);
    expect(parseBody(body)).toMatchObject({ httpStatus: 400, code: -32600 });
  });

  it('names the id in a refusal when it is known, and only then', () => {
    expect(parseBody(Buffer.from('{"id":"x","method":"a","params":[]}'))).toMatchObject({ id: '"x"' });
    expect(parseBody(Buffer.from('{"id":1,"id":2}'))).toMatchObject({ id: 'null' });
  });

  it('allows the same key in arguments, which belong to the upstream', () => {
    expect(parsed('{"id":1,"method":"a","params":{"arguments":{"a":1,"a":2}}}').method).toBe('a');
  });

  it('finds the values of interest in the bytes', () => {
    const body = parsed(CALL);
    const at = (range: { start: number; end: number } | undefined) =>
      range && body.bytes.toString('utf8', range.start, range.end);
    expect(body.rawId).toBe('"a\\u0062"');
    expect(at(body.ranges.method)).toBe('"tools/call"');
    expect(at(body.ranges.name)).toBe('"x}y"');
    expect(body.argumentsBytes?.toString()).toBe('{"q":[1,{"z":"\\"}"}]}');
    expect(at(body.ranges.meta)).toBe('{"progressToken":1}');
    expect(at(body.ranges.params)?.endsWith('{"progressToken":1}}')).toBe(true);
    expect(body.ranges.uri).toBeUndefined();
  });

  it.each([
    ['null', 'null'],
    ['an object', '{}'],
    ['absent', undefined],
  ])('has no id to answer when it is %s', (_what, id) => {
    expect(parsed(id === undefined ? '{"method":"a"}' : `{"id":${id},"method":"a"}`).rawId).toBe('null');
  });
});

describe('splice', () => {
  it('replaces the name and nothing else', () => {
    const body = parsed(CALL);
    const name = body.ranges.name;
    if (name === undefined) throw new Error('no name');
    expect(splice(body.bytes, name, '"längeres"').toString()).toBe(CALL.replace('"x}y"', '"längeres"'));
    expect(splice(body.bytes, name, Buffer.from('"b"')).toString()).toBe(CALL.replace('"x}y"', '"b"'));
  });

  it('replaces several ranges in any order', () => {
    const { bytes, ranges } = parsed(CALL);
    const replaced = spliceAll(bytes, [
      { range: ranges.name ?? { start: 0, end: 0 }, by: '"n"' },
      { range: ranges.id ?? { start: 0, end: 0 }, by: Buffer.from('5') },
    ]);
    expect(replaced.toString()).toBe(CALL.replace('"x}y"', '"n"').replace('"a\\u0062"', '5'));
  });
});

/** Whether ranges and member counts are what `JSON.parse` says; where a key is doubled only that counts. */
function agrees(bytes: Buffer, duplicates: boolean): boolean {
  const value = JSON.parse(bytes.toString()) as Record<string, unknown>;
  const scan = scanBody(bytes);
  const same = (range: { start: number; end: number } | undefined, expected: unknown): boolean => {
    const found: unknown = range && JSON.parse(bytes.toString('utf8', range.start, range.end));
    return isDeepStrictEqual(found, expected);
  };
  const levels: readonly [unknown, number, readonly (keyof BodyRanges)[]][] = [
    [value, scan.topMembers, ['id', 'method']],
    [value['params'], scan.paramsMembers, ['name', 'uri', 'arguments', 'ref']],
    [isRecord(value['params']) ? value['params']['_meta'] : undefined, scan.metaMembers, []],
  ];
  for (const [object, members, keys] of levels) {
    if (!isRecord(object)) return true;
    const kept = Object.keys(object).length;
    if (members !== kept) return duplicates && members > kept;
    if (!keys.every((key) => same(scan.ranges[key], object[key]))) return false;
    if (object === value['params'] && !same(scan.ranges.params, object)) return false;
    if (keys.length === 0 && !same(scan.ranges.meta, object)) return false;
  }
  return true;
}

describe('scanBody against JSON.parse', () => {
  const keys = [
    ['jsonrpc', 'id', 'method', 'params'],
    ['name', 'uri', 'arguments', 'ref', '_meta', 'id'],
    ['k', 'progressToken', 'name', '_meta'],
  ];

  it.each([
    ['without duplicates', false, 1],
    ['with duplicates', true, 2],
  ])('agrees on 10,000 random bodies %s', (_what, duplicates, seed) => {
    const random = seededRandom(seed);
    const wrong: string[] = [];
    for (let round = 0; round < 10_000; round += 1) {
      const text = `${pick(random, ['', ' ', '\n'])}${randomObject(random, { keys, duplicates }, 5)}`;
      if (!agrees(Buffer.from(text), duplicates)) wrong.push(text);
    }
    expect(wrong).toStrictEqual([]);
  });

  it('skips strings of any length that hold quotes and backslashes', () => {
    for (const length of [0, 1, 46, 47, 48, 49, 50, 500]) {
      for (const tail of ['', '\\', '"', '\\"', '\\\\"x']) {
        const argument = 'a'.repeat(length) + tail;
        const text = JSON.stringify({ id: 1, params: { arguments: { argument }, name: 'n' } });
        const scan = scanBody(Buffer.from(text));
        expect(scan.ranges.name, text).toStrictEqual({ start: text.lastIndexOf('"n"'), end: text.length - 2 });
      }
    }
  });
});
