import { describe, expect, it } from 'vitest';
import { classify } from './classify.js';
import { parseBody, ParsedBody } from './parse-body.js';

function body(message: object): ParsedBody {
  const parsed = parseBody(Buffer.from(JSON.stringify(message)));
  if (!(parsed instanceof ParsedBody)) throw new Error(parsed.message);
  return parsed;
}

const VERSION = 'io.modelcontextprotocol/protocolVersion';
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const request = (method: string, meta?: object, rest: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  ...(meta && { params: { _meta: meta } }),
  ...rest,
});

describe('classify', () => {
  it.each<[string, object, string | undefined, string, string]>([
    ['an envelope', request('tools/list', { [VERSION]: '2026-07-28' }), '2026-07-28', 'modern', 'request'],
    [
      'an envelope without a header',
      request('tools/list', { [VERSION]: '2026-07-28' }),
      undefined,
      'modern',
      'request',
    ],
    [
      'an envelope of an old version',
      request('tools/list', { [VERSION]: '2025-11-25' }),
      '2025-11-25',
      'modern',
      'request',
    ],
    ['a broken envelope', request('tools/list', { [VERSION]: 7 }), undefined, 'modern', 'request'],
    ['initialize in an envelope', request('initialize', { [VERSION]: '2026-07-28' }), undefined, 'modern', 'request'],
    ['initialize', request('initialize'), undefined, 'legacy', 'request'],
    ['initialize with a legacy header', request('initialize'), '2025-11-25', 'legacy', 'request'],
    ['other _meta', request('tools/list', { progressToken: 1, [CAPABILITIES]: {} }), undefined, 'legacy', 'request'],
    ['an unknown old version', request('tools/list'), '1999-01-01', 'legacy', 'request'],
    ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }, '2025-11-25', 'legacy', 'notification'],
    ['a notification with a modern header', { jsonrpc: '2.0', method: 'x' }, '2026-07-28', 'modern', 'notification'],
    [
      'a notification in an envelope',
      { jsonrpc: '2.0', method: 'x', params: { _meta: { [VERSION]: 'a' } } },
      undefined,
      'modern',
      'notification',
    ],
    ['a response', { jsonrpc: '2.0', id: 'x', result: {} }, '2025-11-25', 'legacy', 'response'],
    ['a response with a modern header', { jsonrpc: '2.0', id: 0, result: {} }, '2026-07-28', 'legacy', 'response'],
    ['an error', { jsonrpc: '2.0', id: 1, error: { code: 1, message: '' } }, undefined, 'legacy', 'response'],
    [
      'an error to nothing',
      { jsonrpc: '2.0', id: null, error: { code: 1, message: '' } },
      undefined,
      'legacy',
      'response',
    ],
  ])('%s', (_what, message, header, era, kind) => {
    expect(classify(body(message), header)).toStrictEqual({ era, kind });
  });

  it.each<[string, object, number, string[] | undefined]>([
    ['no _meta', request('tools/list'), -32602, [VERSION, CAPABILITIES]],
    ['no version', request('tools/list', { [CAPABILITIES]: {} }), -32602, [VERSION]],
    ['initialize', request('initialize'), -32020, undefined],
  ])('a modern header with %s is malformed, never legacy', (_what, message, code, missing) => {
    const found = classify(body(message), ' 2026-07-28 ');
    expect(found).toMatchObject({ httpStatus: 400, code, id: '1' });
    expect(found).toHaveProperty('data', missing && { missing });
  });

  it.each<[string, object]>([
    ['no jsonrpc', { id: 1, method: 'ping' }],
    ['jsonrpc 1.0', { jsonrpc: '1.0', id: 1, method: 'ping' }],
    ['a null id', { jsonrpc: '2.0', id: null, method: 'ping' }],
    ['a fractional id', { jsonrpc: '2.0', id: 1.5, method: 'ping' }],
    ['an object as id', { jsonrpc: '2.0', id: {}, method: 'ping' }],
    ['a method that is no string', { jsonrpc: '2.0', id: 1, method: 7 }],
    ['a method and a result', { jsonrpc: '2.0', id: 1, method: 'ping', result: {} }],
    ['a result and an error', { jsonrpc: '2.0', id: 1, result: {}, error: {} }],
    ['a result without an id', { jsonrpc: '2.0', result: {} }],
    ['nothing', {}],
  ])('%s is no message', (_what, message) => {
    expect(classify(body(message), undefined)).toMatchObject({ httpStatus: 400, code: -32600 });
  });
});
