import { describe, expect, it } from 'vitest';
import { AppError } from '../../kernel/app-error.js';
import { innerObject, readPeerMessage } from './peer-message.js';

const read = (text: string) => readPeerMessage(Buffer.from(text));

describe('readPeerMessage', () => {
  it.each([
    ['{"jsonrpc":"2.0","id":"a\\u0062","method":"ping"}', { kind: 'request', method: 'ping', id: '"a\\u0062"' }],
    ['{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', { kind: 'request', id: '2' }],
    [
      '{"jsonrpc":"2.0","method":"notifications/x","params":{"a":1}}',
      { kind: 'notification', method: 'notifications/x' },
    ],
    ['{"jsonrpc":"2.0","id":7,"result":{}}', { kind: 'result', id: '7' }],
    ['{"jsonrpc":"2.0","id":7,"error":{"code":-32002,"message":"x"}}', { kind: 'error', id: '7', code: -32002 }],
    ['{"jsonrpc":"2.0","error":{"code":1}}', { kind: 'error', id: 'null', code: 1 }],
  ])('%s', (text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  it('keeps the bytes of the last of two keys', () => {
    const message = read('{"jsonrpc":"2.0","id":1,"result":{"a":1},"result":{"_meta":{"x": 1.0},"a":2,"a":3.0}}');
    if (message.kind !== 'result') throw new Error(message.kind);
    expect(message.result.values).toStrictEqual({ _meta: { x: 1 }, a: 3 });
    expect(message.result.members.get('a')?.toString()).toBe('3.0');
    expect(innerObject(message.result, '_meta')?.members.get('x')?.toString()).toBe('1.0');
    expect(innerObject(message.result, 'a')).toBeUndefined();
  });

  it.each([
    ['text', 'oops'],
    ['half a message', '{"jsonrpc":"2.0"'],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"result":{}}]'],
    ['nothing', ''],
    ['another protocol', '{"id":1,"result":{}}'],
    ['a result and an error', '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1}}'],
    ['an id that is no id', '{"jsonrpc":"2.0","id":{},"method":"ping"}'],
    ['a result that is no object', '{"jsonrpc":"2.0","id":1,"result":[]}'],
    ['params that are no object', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}'],
    ['an error that is no object', '{"jsonrpc":"2.0","id":1,"error":"x"}'],
    ['an error without a code', '{"jsonrpc":"2.0","id":1,"error":{"code":"1"}}'],
  ])('refuses %s', (_what, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'mcp.bad_message' }) as AppError);
  });

  it('refuses invalid UTF-8', () => {
    const bytes = Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"a":"\xff"}}', 'latin1');
    expect(() => readPeerMessage(bytes)).toThrow(AppError);
  });
});
