import { describe, expect, it } from 'vitest';
import { AppError, type ErrorKind } from '../kernel/app-error.js';
import { codeForEra, httpStatusOf, MCP_ERROR, toWireError } from './errors.js';
import { encodeError } from './wire-error.js';

describe('toWireError', () => {
  it.each<[ErrorKind, string, [number, number], [number, number]]>([
    ['invalid', 'x.y', [200, -32602], [200, -32602]],
    ['malformed', 'x.y', [400, -32600], [400, -32600]],
    ['unauthenticated', 'x.y', [401, -31401], [401, -31401]],
    ['forbidden', 'x.y', [403, -31403], [403, -31403]],
    ['not_found', 'x.y', [200, -32602], [200, -32602]],
    ['method_not_allowed', 'x.y', [405, -32600], [405, -32600]],
    ['conflict', 'x.y', [409, -31409], [409, -31409]],
    ['too_large', 'x.y', [413, -32600], [413, -32600]],
    ['unsupported_media', 'x.y', [415, -32600], [415, -32600]],
    ['unprocessable', 'x.y', [200, -32602], [200, -32602]],
    ['too_many_requests', 'x.y', [429, -31429], [429, -31429]],
    ['unavailable', 'x.y', [503, -31503], [503, -31503]],
    ['upstream_failed', 'x.y', [200, -31502], [200, -31502]],
    ['upstream_timeout', 'x.y', [200, -31504], [200, -31504]],
    ['internal', 'x.y', [200, -32603], [200, -32603]],
    ['not_found', MCP_ERROR.methodNotFound, [404, -32601], [200, -32601]],
    ['not_found', MCP_ERROR.resourceNotFound, [200, -32602], [200, -32002]],
    ['not_found', MCP_ERROR.sessionUnknown, [404, -32600], [404, -32600]],
    ['malformed', MCP_ERROR.sessionMissing, [400, -32600], [400, -32600]],
    ['unavailable', MCP_ERROR.upstreamBusy, [200, -31503], [200, -31503]],
    ['unavailable', MCP_ERROR.circuitOpen, [200, -31503], [200, -31503]],
  ])('%s %s: modern %j, legacy %j', (kind, code, modern, legacy) => {
    const error = new AppError(kind, code, 'm');
    const found = (['modern', 'legacy'] as const).map((era) => {
      const wire = toWireError(error, era, '1');
      return [wire.httpStatus, wire.code];
    });
    expect(found).toStrictEqual([modern, legacy]);
  });

  it('tells the stable code, the facts and when to come back', () => {
    const error = new AppError('unavailable', MCP_ERROR.upstreamBusy, 'full', {
      retryAfterSeconds: 1.5,
      data: { server: 'a' },
    });
    const wire = toWireError(error, 'legacy', '"x"');
    expect(wire.data).toStrictEqual({ server: 'a', code: MCP_ERROR.upstreamBusy, retryAfterMs: 1500 });
    expect(wire.retryAfterSeconds).toBe(2);
    expect(JSON.parse(wire.encode().toString())).toStrictEqual({
      jsonrpc: '2.0',
      id: 'x',
      error: { code: -31503, message: 'full', data: wire.data },
    });
  });

  it('says nothing of what was not meant for the caller', () => {
    const wire = toWireError(new Error('password=hunter2'), 'modern', '1');
    expect(wire.encode().toString()).not.toContain('hunter2');
    expect(wire).toMatchObject({ httpStatus: 200, code: -32603 });
  });
});

describe('codes', () => {
  it.each([
    ['modern', -32700, 400],
    ['modern', -32600, 400],
    ['modern', -32601, 404],
    ['modern', -32602, 200],
    ['modern', -32020, 400],
    ['modern', -32021, 400],
    ['modern', -32022, 400],
    ['legacy', -32700, 400],
    ['legacy', -32601, 200],
    ['legacy', -32002, 200],
  ] as const)('%s %d travels in a %d', (era, code, status) => {
    expect(httpStatusOf(era, code)).toBe(status);
  });

  it.each([
    ['modern', -32002, -32602],
    ['modern', -32042, -32603],
    ['modern', -32602, -32602],
    ['modern', 17, 17],
    ['legacy', -32020, -32603],
    ['legacy', -32021, -32602],
    ['legacy', -32022, -32603],
    ['legacy', -32002, -32002],
    ['legacy', -32042, -32042],
  ] as const)('a %s client sees %d as %d', (era, code, seen) => {
    expect(codeForEra(era, code)).toBe(seen);
  });
});

describe('encodeError', () => {
  it.each([
    ['7', undefined, '{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"é\\""}}'],
    ['null', { a: 1 }, '{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"é\\"","data":{"a":1}}}'],
    [Buffer.from('"b"'), null, '{"jsonrpc":"2.0","id":"b","error":{"code":-32603,"message":"é\\"","data":null}}'],
  ])('%s %j', (id, data, expected) => {
    expect(encodeError(id, -32603, 'é"', data).toString()).toBe(expected);
  });
});
