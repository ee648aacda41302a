import { describe, expect, it } from 'vitest';
import { innerCall } from './inner-call.js';
import { ParsedBody, parseBody } from './parse-body.js';
import { WireError } from './wire-error.js';

function call(args: string, more = ''): ParsedBody {
  const body = parseBody(
    Buffer.from(
      `{"jsonrpc":"2.0", "id":7,"method":"tools/call","params":{"name":"call_tool","arguments":${args}${more}}}`,
    ),
  );
  if (body instanceof WireError) throw new Error(body.message);
  return body;
}

function inner(body: ParsedBody): string {
  const found = innerCall(body);
  if (!(found instanceof ParsedBody)) throw new Error(JSON.stringify(found));
  return found.bytes.toString();
}

describe('innerCall', () => {
  it.each([
    [
      'its arguments as they were written',
      '{"name":"a__b","arguments":{ "n": 1.0, "s":"\\u0061" }}',
      '{ "n": 1.0, "s":"\\u0061" }',
    ],
    [
      'the members in another order',
      '{ "arguments" : {"x":[{"arguments":{}}]} , "name" : "a__b" }',
      '{"x":[{"arguments":{}}]}',
    ],
    ['a key spelled with escapes', '{"n\\u0061me":"a__b","arguments":{}}', '{}'],
    ['no arguments', '{"name":"a__b"}', '{}'],
    [
      'numbers that no double holds',
      '{"name":"a__b","arguments":{"id":12345678901234567890}}',
      '{"id":12345678901234567890}',
    ],
    [
      'a tool called like the one that calls',
      '{"name":"a__b","arguments":{"name":"c","arguments":{}}}',
      '{"name":"c","arguments":{}}',
    ],
  ])('keeps %s', (_what, args, expected) => {
    expect(inner(call(args))).toBe(
      `{"jsonrpc":"2.0", "id":7,"method":"tools/call","params":{"name":"a__b","arguments":${expected}}}`,
    );
  });

  it('keeps what else is in params', () => {
    const more = ',"_meta":{"progressToken":"t"},"requestState":"s"';
    const found = innerCall(call('{"name":"a__b"}', more));
    expect(found).toMatchObject({
      rawId: '7',
      meta: { progressToken: 't' },
      params: { name: 'a__b', requestState: 's' },
    });
  });

  it.each([
    ['no name', '{"arguments":{}}', /"name"/],
    ['a name that is no text', '{"name":1}', /"name"/],
    ['arguments as text', '{"name":"a","arguments":"{}"}', /"arguments" must be an object/],
    ['arguments that are null', '{"name":"a","arguments":null}', /"arguments" must be an object/],
    ["the tool's arguments beside its name", '{"name":"a","message":"hi"}', /"message" is out of place/],
    ['no object', '[]', /object/],
    ['a member of every object', '{"name":"a","constructor":{}}', /out of place/],
  ])('says what is wrong with %s', (_what, args, expected) => {
    expect(innerCall(call(args))).toMatchObject({ fault: expect.stringMatching(expected) });
  });

  it('says what is wrong without arguments', () => {
    const body = parseBody(Buffer.from('{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"call_tool"}}'));
    expect(innerCall(body as ParsedBody)).toMatchObject({ fault: expect.any(String) });
  });

  it.each([
    ['name', '{"name":"a","name":"b"}'],
    ['arguments', '{"name":"a","arguments":{},"arguments":{"x":1}}'],
    ['a spelling of name', '{"name":"a","n\\u0061me":"b"}'],
  ])('refuses %s given twice', (_what, args) => {
    expect(innerCall(call(args))).toMatchObject({ httpStatus: 400, code: -32600, id: '7' });
  });
});
