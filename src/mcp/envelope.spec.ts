import { describe, expect, it } from 'vitest';
import {
  encodeArray,
  encodeList,
  encodeResult,
  prependMembers,
  RESULT_TAIL,
  ResultEnvelope,
  resultHead,
} from './envelope.js';

const INFO = { name: 'gateway', version: '1.0.0' };
const SERVER_INFO = { 'io.modelcontextprotocol/serverInfo': INFO };
const envelope = new ResultEnvelope(INFO);
const parse = (bytes: Buffer): unknown => JSON.parse(bytes.toString());

describe('results', () => {
  it.each([
    ['7', 7],
    ['"é"', 'é'],
    [Buffer.from('"b"'), 'b'],
  ])('with the id %s', (id, value) => {
    const bytes = encodeResult(id, Buffer.from('{"a":[1]}'));
    expect(parse(bytes)).toStrictEqual({ jsonrpc: '2.0', id: value, result: { a: [1] } });
    expect(Buffer.concat([resultHead(id), Buffer.from('{"a":[1]}'), RESULT_TAIL]).equals(bytes)).toBe(true);
  });
});

describe('prependMembers', () => {
  it.each([
    ['{}', '{"x":1}'],
    [' { } ', ' {"x":1 } '],
    ['{"a":{}}', '{"x":1,"a":{}}'],
    ['{ "a":1}', '{"x":1, "a":1}'],
  ])('%s', (object, expected) => {
    expect(prependMembers(Buffer.from(object), '"x":1').toString()).toBe(expected);
  });
});

describe('ResultEnvelope', () => {
  const result = Buffer.from('{"tools":[]}');

  it('wraps a modern result, with a cache hint only where there is one', () => {
    expect(parse(envelope.modern(result))).toStrictEqual({ resultType: 'complete', _meta: SERVER_INFO, tools: [] });
    expect(parse(envelope.modern(result, { ttlMs: 1500.7 }, { stale: true }))).toStrictEqual({
      resultType: 'complete',
      ttlMs: 1500,
      cacheScope: 'private',
      _meta: { ...SERVER_INFO, stale: true },
      tools: [],
    });
    expect(parse(envelope.modern(Buffer.from('{}'), { ttlMs: -5 }, {}))).toStrictEqual({
      resultType: 'complete',
      ttlMs: 0,
      cacheScope: 'private',
      _meta: SERVER_INFO,
    });
  });

  it('takes members of _meta that are encoded already', () => {
    const meta = new Map([['a', Buffer.from('1.0')]]);
    expect(envelope.modern(Buffer.from('{}'), undefined, meta).toString()).toContain(',"a":1.0}');
    expect(parse(envelope.modern(Buffer.from('{}'), undefined, new Map()))).toStrictEqual({
      resultType: 'complete',
      _meta: SERVER_INFO,
    });
  });

  it('asks for input', () => {
    const ask = new Map([['k"', Buffer.from('{"method":"roots/list"}')]]);
    expect(parse(envelope.inputRequired(ask, 's"'))).toStrictEqual({
      resultType: 'input_required',
      inputRequests: { 'k"': { method: 'roots/list' } },
      requestState: 's"',
      _meta: SERVER_INFO,
    });
    expect(parse(envelope.inputRequired(undefined, 's'))).not.toHaveProperty('inputRequests');
    expect(parse(envelope.inputRequired(ask))).not.toHaveProperty('requestState');
  });

  it('leaves a legacy result alone but for _meta', () => {
    expect(envelope.legacy(result)).toBe(result);
    expect(envelope.legacy(result, {})).toBe(result);
    expect(parse(envelope.legacy(result, { stale: true }))).toStrictEqual({ _meta: { stale: true }, tools: [] });
  });
});

describe('encodeList', () => {
  it.each<[string[], string | undefined, unknown]>([
    [[], undefined, { tools: [] }],
    [['{"name":"a"}'], undefined, { tools: [{ name: 'a' }] }],
    [['{"name":"a"}', '{"name":"é"}'], 'c"1', { tools: [{ name: 'a' }, { name: 'é' }], nextCursor: 'c"1' }],
  ])('%j with cursor %j', (items, cursor, expected) => {
    const bytes = items.map((item) => Buffer.from(item));
    expect(parse(encodeList('tools', bytes, cursor))).toStrictEqual(expected);
    expect(encodeArray(bytes).toString()).toBe(`[${items.join(',')}]`);
  });
});
