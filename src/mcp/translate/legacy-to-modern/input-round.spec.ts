import { describe, expect, it } from 'vitest';
import { parseBody, ParsedBody } from '../../parse-body.js';
import { toServerRequest, type InputRequest } from './input-requests.js';
import { refusedCall, toInputResponses } from './input-responses.js';

function response(member: 'result' | 'error', value: string): ParsedBody {
  const body = parseBody(Buffer.from(`{"jsonrpc":"2.0","id":"q","${member}":${value}}`));
  if (!(body instanceof ParsedBody)) throw body;
  return body;
}

const asked = (method: string, key = 'k'): InputRequest => ({ key, method, params: '{}', isUrl: false });

describe('toServerRequest', () => {
  it.each<[InputRequest, string]>([
    [
      { key: 'k', method: 'elicitation/create', params: '{"message":"m"}', isUrl: false },
      '"method":"elicitation/create","params":{"message":"m"}',
    ],
    [
      { key: 'k', method: 'elicitation/create', params: '{"mode":"url","url":"u"}', isUrl: true },
      '"method":"elicitation/create","params":{"mode":"url","url":"u","elicitationId":"e"}',
    ],
    [
      { key: 'k', method: 'elicitation/create', params: '{"mode":"url","elicitationId":"own"}', isUrl: true },
      '"method":"elicitation/create","params":{"mode":"url","elicitationId":"own"}',
    ],
    [{ key: 'k', method: 'roots/list', params: undefined, isUrl: false }, '"method":"roots/list"'],
  ])('%j', (request, expected) => {
    expect(toServerRequest(request, '"q"', 'e').toString()).toBe(`{"jsonrpc":"2.0","id":"q",${expected}}`);
  });
});

describe('toInputResponses', () => {
  it.each<[string, ParsedBody | undefined, string]>([
    [
      'elicitation/create',
      response('result', '{"action":"accept","content":{"a": 1.0}}'),
      '{"action":"accept","content":{"a": 1.0}}',
    ],
    ['elicitation/create', response('result', '{"action":"decline","content":null}'), '{"action":"decline"}'],
    ['elicitation/create', response('result', '{"action":"later"}'), '{"action":"cancel"}'],
    ['elicitation/create', response('error', '{"code":-32603,"message":"m"}'), '{"action":"cancel"}'],
    ['elicitation/create', undefined, '{"action":"cancel"}'],
    ['roots/list', response('result', '{"roots":[ ]}'), '{"roots":[ ]}'],
    [
      'sampling/createMessage',
      response('result', '{"role":"assistant","model":"m","content":{}}'),
      '{"role":"assistant","model":"m","content":{}}',
    ],
  ])('%s', (method, given, expected) => {
    const collected = toInputResponses([asked(method)], new Map(given ? [['k', given]] : []));
    expect(collected.kind === 'complete' && collected.inputResponses.toString()).toBe(`{"k":${expected}}`);
  });

  it.each<[string, ParsedBody | undefined, string]>([
    [
      'sampling/createMessage',
      response('error', '{"code":-1,"message":"User rejected"}'),
      'sampling/createMessage: User rejected',
    ],
    ['sampling/createMessage', undefined, 'sampling/createMessage: no answer'],
    ['roots/list', response('result', '{}'), 'roots/list: an answer that cannot be read'],
    ['roots/list', response('error', '{"code":1,"message":7}'), 'roots/list: an answer that cannot be read'],
  ])('cannot tell a modern server that %s failed', (method, given, why) => {
    const requests = [asked('elicitation/create', 'first'), asked(method)];
    expect(toInputResponses(requests, new Map(given ? [['k', given]] : []))).toStrictEqual({ kind: 'refused', why });
  });
});

describe('refusedCall', () => {
  const message = 'The client did not give what the server asked for: w';

  it.each([
    ['tools/call', { result: { content: [{ type: 'text', text: message }], isError: true } }],
    ['prompts/get', { error: { code: -32603, message } }],
    ['resources/read', { error: { code: -32603, message } }],
  ])('%s', (method, expected) => {
    expect(JSON.parse(refusedCall('7', method, 'w').toString())).toStrictEqual({ jsonrpc: '2.0', id: 7, ...expected });
  });
});
