import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { below, randomObject, seededRandom } from '../../test/support/random-json.js';
import { isRecord } from './json-record.js';
import { ResponseScanner } from './response-scanner.js';
import { rewriteId, scanResponse } from './scan-response.js';

/** What `JSON.parse` says about the same message. */
function factsOf(text: string) {
  const value = JSON.parse(text) as Record<string, unknown>;
  const result = isRecord(value['result']) ? value['result'] : {};
  const code = isRecord(value['error']) ? value['error']['code'] : undefined;
  return {
    hasMethod: 'method' in value,
    hasResult: 'result' in value,
    hasError: 'error' in value,
    isError: result['isError'] === true,
    resultType: typeof result['resultType'] === 'string' ? result['resultType'] : undefined,
    errorCode: typeof code === 'number' && Number.isSafeInteger(code) ? code : undefined,
    complete: true,
    malformed: false,
  };
}

function factsFrom(scanner: ResponseScanner) {
  const { hasMethod, hasResult, hasError, isError, resultType, errorCode, complete, malformed } = scanner;
  return { hasMethod, hasResult, hasError, isError, resultType, errorCode, complete, malformed };
}

describe('scanResponse', () => {
  it.each([
    '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\\"isError\\":true}"}]}}',
    '{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[]}}',
    '{"jsonrpc":"2.0","id":1,"result":{"content":[{"isError":true}],"isError":false}}',
    '{"jsonrpc":"2.0","id":1,"result":{"is\\u0045rror":true,"resultType":"input_required"}}',
    '{"jsonrpc":"2.0","id":1,"result":{"isError":true},"result":{}}',
    '{"jsonrpc":"2.0","id":1,"result":{"isError":true,"isError":null}}',
    '{"jsonrpc":"2.0","id":null,"error":{"message":"x","code":-32602,"data":{"code":1}}}',
    '{"error":{"code":"-32602"},"id":"x"}',
    '{"error":{"code":1e3}}',
    '{"result":["isError",true]}',
    '{"result":null}',
    '{"method":"notifications/progress","params":{"result":1,"error":2}}',
    '{}',
    '  {"id":1,\n"result" : { "resultType" : "complete" } }\r\n ',
  ])('agrees with JSON.parse on %s', (text) => {
    expect(factsFrom(scanResponse(Buffer.from(text)))).toStrictEqual(factsOf(text));
  });

  it.each([
    ['a batch', '[{"id":1}]'],
    ['text', 'oops'],
    ['a page', '<html>'],
    ['a second document', '{"id":1}{"id":2}'],
    ['a closing bracket too many', '{"id":1}}'],
  ])('calls %s malformed', (_what, text) => {
    expect(scanResponse(Buffer.from(text)).malformed).toBe(true);
  });

  it.each(['', '{', '{"id":1,"result":{}', '{"id":"}'])('is not complete at %s', (text) => {
    expect(scanResponse(Buffer.from(text)).complete).toBe(false);
  });

  it('agrees with JSON.parse on 10,000 random messages in random chunks', () => {
    const random = seededRandom(3);
    const wrong: string[] = [];
    const keys = [
      ['id', 'result', 'error', 'method', 'jsonrpc'],
      ['isError', 'resultType', 'code', 'result', 'id'],
      ['isError', 'resultType', 'code'],
    ];
    for (let round = 0; round < 10_000; round += 1) {
      const text = randomObject(random, { keys, duplicates: round % 2 === 1 }, 5);
      const bytes = Buffer.from(text);
      const scanner = new ResponseScanner();
      for (let at = 0; at < bytes.length;) {
        const end = Math.min(bytes.length, at + below(random, round % 3 === 0 ? 3 : 40));
        scanner.push(bytes.subarray(at, end));
        at = end;
      }
      const expected = factsOf(text);
      const found = factsFrom(scanner);
      // Longer than any known type: read as none.
      if (expected.resultType !== undefined && Buffer.byteLength(expected.resultType) > 10) {
        found.resultType = expected.resultType;
      }
      const { id } = JSON.parse(text) as { id?: unknown };
      const range = scanner.idRange;
      const read: unknown = range && JSON.parse(bytes.toString('utf8', range.start, range.end));
      if (!isDeepStrictEqual(found, expected) || !isDeepStrictEqual(read, id)) wrong.push(text);
    }
    expect(wrong).toStrictEqual([]);
  });

  it('sees through every chunk boundary', () => {
    const text =
      '{"jsonrpc":"2.0","id":"a\\\\\\"b","result":{"x":"\\\\","isError":true,"resultType":"compl\\u0065te","y":"é漢"}}';
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      for (const second of [cut, Math.min(cut + 1, bytes.length), Math.min(cut + 7, bytes.length)]) {
        const scanner = new ResponseScanner();
        scanner.push(bytes.subarray(0, cut));
        scanner.push(bytes.subarray(cut, second));
        scanner.push(bytes.subarray(second));
        expect(factsFrom(scanner), `${cut}/${second}`).toStrictEqual(factsOf(text));
        expect(scanner.idRange).toStrictEqual({ start: 22, end: 30 });
      }
    }
  });
});

describe('rewriteId', () => {
  it.each([
    ['{"jsonrpc":"2.0","id":7,"result":{"id":1}}', '"c"', '{"jsonrpc":"2.0","id":"c","result":{"id":1}}'],
    ['{"result":{"id":1}, "id" : "x" }', '12', '{"result":{"id":1}, "id" : 12 }'],
    ['{"id":null,"error":{}}', '3', '{"id":3,"error":{}}'],
  ])('%s with %s', (text, id, expected) => {
    expect(rewriteId(Buffer.from(text), id)?.toString()).toBe(expected);
  });

  it('hands back the same bytes when nothing changes, and nothing without an id', () => {
    const bytes = Buffer.from('{"id":7,"result":{}}');
    expect(rewriteId(bytes, '7')).toBe(bytes);
    expect(rewriteId(Buffer.from('{"result":{}}'), '7')).toBeUndefined();
  });
});
