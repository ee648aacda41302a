import { describe, expect, it } from 'vitest';
import { readPeerMessage } from '../peer-message.js';
import { toLegacyAnswer } from './legacy-answer.js';

const ALL = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

function translate(
  member: 'result' | 'error',
  value: string,
  method = 'tools/call',
  clientCapabilities: unknown = ALL,
) {
  const message = readPeerMessage(Buffer.from(`{"jsonrpc":"2.0","id":1,"${member}":${value}}`));
  if (message.kind !== 'result' && message.kind !== 'error') throw new Error(message.kind);
  return toLegacyAnswer(message, { id: '"client"', method, clientCapabilities });
}

function resultOf(result: string, method?: string): string {
  const answer = translate('result', result, method);
  if (answer.kind !== 'result') throw new Error(answer.kind);
  const text = answer.bytes.toString();
  const head = '{"jsonrpc":"2.0","id":"client","result":';
  expect(text.startsWith(head)).toBe(true);
  return text.slice(head.length, -1);
}

const INFO = '"io.modelcontextprotocol/serverInfo":{"name":"s","version":"1"}';

describe('results for a legacy client', () => {
  it.each([
    ['tools/call', '{"resultType":"complete","content":[{"a" : 1.50}]}', '{"content":[{"a" : 1.50}]}'],
    ['tools/call', '{"content":[],"ttlMs":5}', '{"content":[],"ttlMs":5}'],
    ['resources/read', '{"resultType":"complete","ttlMs":5,"cacheScope":"public","contents":[]}', '{"contents":[]}'],
    ['prompts/get', `{"_meta":{${INFO}},"messages":[]}`, '{"messages":[]}'],
    ['prompts/get', `{"_meta":{"a":1.0,${INFO}},"messages":[]}`, '{"_meta":{"a":1.0},"messages":[]}'],
    ['prompts/get', '{"_meta":7,"messages":[]}', '{"messages":[]}'],
    ['tools/call', '{"structuredContent":{"a":1}}', '{"structuredContent":{"a":1}}'],
    ['tools/call', '{"structuredContent":[1, 2]}', '{"structuredContent":{"result":[1, 2]}}'],
    ['tools/call', '{"structuredContent":null}', '{"structuredContent":{"result":null}}'],
    ['completion/complete', '{"structuredContent":1}', '{"structuredContent":1}'],
  ])('%s %s', (method, result, expected) => {
    expect(resultOf(result, method)).toBe(expected);
  });

  it.each([
    ['an unknown resultType', '{"resultType":"task"}', 'tools/call'],
    ['a resultType that is no text', '{"resultType":null}', 'tools/call'],
    ['input for a method that has none', '{"resultType":"input_required","requestState":"s"}', 'completion/complete'],
    ['input for nothing', '{"resultType":"input_required"}', 'tools/call'],
    [
      'no request and a broken state',
      '{"resultType":"input_required","inputRequests":{},"requestState":1}',
      'tools/call',
    ],
    [
      'an unknown request',
      '{"resultType":"input_required","inputRequests":{"k":{"method":"tools/call"}}}',
      'tools/call',
    ],
    ['a request that is none', '{"resultType":"input_required","inputRequests":{"k":[]}}', 'tools/call'],
    [
      'an elicitation without params',
      '{"resultType":"input_required","inputRequests":{"k":{"method":"elicitation/create"}}}',
      'tools/call',
    ],
    [
      'sampling with tools, undeclared',
      '{"resultType":"input_required","inputRequests":{"k":{"method":"sampling/createMessage","params":{"tools":[]}}}}',
      'tools/call',
    ],
  ])('refuses %s', (_what, result, method) => {
    expect(() => translate('result', result, method)).toThrow(expect.objectContaining({ code: 'mcp.bad_message' }));
  });
});

describe('input_required', () => {
  it('is split into requests for the client', () => {
    const requests =
      '{"name":{"method":"elicitation/create","params":{"message":"m", "a":1.0}},"page":{"method":"elicitation/create","params":{"mode":"url","url":"u"}},"roots":{"method":"roots/list"}}';
    expect(
      translate('result', `{"resultType":"input_required","inputRequests":${requests},"requestState":"s\\u0061"}`),
    ).toStrictEqual({
      kind: 'input_required',
      requests: [
        { key: 'name', method: 'elicitation/create', params: '{"message":"m","a":1.0}', isUrl: false },
        { key: 'page', method: 'elicitation/create', params: '{"mode":"url","url":"u"}', isUrl: true },
        { key: 'roots', method: 'roots/list', params: undefined, isUrl: false },
      ],
      requestState: 'sa',
    });
  });

  it('may only want to be called again', () => {
    expect(translate('result', '{"resultType":"input_required","requestState":""}')).toStrictEqual({
      kind: 'input_required',
      requests: [],
      requestState: '',
    });
  });

  it.each([[{}], [null], [{ elicitation: { url: {} } }]])('may not ask a client that declared %j', (declared) => {
    const result = '{"resultType":"input_required","inputRequests":{"k":{"method":"elicitation/create","params":{}}}}';
    expect(() => translate('result', result, 'tools/call', declared)).toThrow(/did not declare/);
  });
});

describe('errors for a legacy client', () => {
  it.each<[string, number, string, number]>([
    ['resources/read', -32602, '{"uri":"a://b"}', -32002],
    ['resources/read', -32602, '{"field":"uri"}', -32602],
    ['tools/call', -32602, '{"uri":"a://b"}', -32602],
    ['tools/call', -32020, '{}', -32603],
    ['tools/call', -32021, '{"requiredCapabilities":{"sampling":{}}}', -32602],
    ['tools/call', -32022, '{"supported":["2027-01-01"],"requested":"2026-07-28"}', -32603],
    ['tools/call', -32601, 'null', -32601],
    ['tools/call', 17, '1.0', 17],
  ])('%s: %d with %s is %d', (method, upstreamCode, data, code) => {
    const answer = translate('error', `{"code":${String(upstreamCode)},"message":"m","data":${data}}`, method);
    if (answer.kind !== 'error') throw new Error(answer.kind);
    expect(answer).toMatchObject({ code, upstreamCode });
    expect(answer.bytes.toString()).toBe(
      `{"jsonrpc":"2.0","id":"client","error":{"code":${String(code)},"message":"m","data":${data}}}`,
    );
  });
});
