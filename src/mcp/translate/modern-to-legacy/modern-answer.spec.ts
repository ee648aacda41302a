import { describe, expect, it } from 'vitest';
import { ResultEnvelope } from '../../envelope.js';
import { readPeerMessage } from '../peer-message.js';
import { toModernAnswer } from './modern-answer.js';
import type { ModernCall } from './modern-call.js';

const INFO = { name: 'gateway', version: '1' };
const META = { 'io.modelcontextprotocol/serverInfo': INFO };
const envelope = new ResultEnvelope(INFO);
const call: ModernCall = {
  id: '"client"',
  method: 'tools/call',
  clientCapabilities: { elicitation: { url: {} } },
  progressToken: undefined,
  logLevel: undefined,
};

function translate(member: 'result' | 'error', value: string, changes: Partial<ModernCall> = {}) {
  const message = readPeerMessage(Buffer.from(`{"jsonrpc":"2.0","id":1,"${member}":${value}}`));
  if (message.kind !== 'result' && message.kind !== 'error') throw new Error(message.kind);
  const answer = toModernAnswer(message, { ...call, ...changes }, envelope);
  const parsed = JSON.parse(answer.bytes.toString()) as Record<string, unknown>;
  expect(parsed).toMatchObject({ jsonrpc: '2.0', id: 'client' });
  return { ...answer, body: parsed[answer.kind === 'error' ? 'error' : 'result'] };
}

describe('results for a modern client', () => {
  it.each([
    ['tools/call', '{"content":[]}', { content: [] }],
    ['tools/call', '{"resultType":"task","content":[],"ttlMs":5}', { content: [], ttlMs: 5 }],
    ['prompts/get', '{"messages":[],"_meta":null}', { messages: [] }],
    ['completion/complete', '{"completion":{"values":[]}}', { completion: { values: [] } }],
    [
      'resources/read',
      '{"contents":[],"ttlMs":99,"cacheScope":"public"}',
      { contents: [], ttlMs: 0, cacheScope: 'private' },
    ],
  ])('%s %s', (method, result, expected) => {
    const answer = translate('result', result, { method });
    expect(answer).toMatchObject({ kind: 'result', httpStatus: 200 });
    expect(answer.body).toStrictEqual({ resultType: 'complete', ...expected, _meta: META });
  });

  it('has one _meta, with what the upstream said and who the gateway is', () => {
    const meta = '{"a": 1.0,"io.modelcontextprotocol/serverInfo":{"name":"upstream","version":"9"}}';
    const { bytes, body } = translate('result', `{"content":[{"x" : 1.50}],"_meta":${meta}}`);
    expect(body).toStrictEqual({ resultType: 'complete', content: [{ x: 1.5 }], _meta: { ...META, a: 1 } });
    expect(bytes.toString().match(/"_meta"/g)).toHaveLength(1);
    expect(bytes.toString()).toContain('[{"x" : 1.50}]');
  });
});

describe('errors for a modern client', () => {
  it.each([
    [-32002, -32602, 200],
    [-32602, -32602, 200],
    [-32601, -32601, 200],
    [-32600, -32600, 200],
    [-32603, -32603, 200],
    [-32000, -32000, 200],
    [-32022, -32603, 200],
    [-32050, -32603, 200],
    [-32042, -32603, 200],
    [17, 17, 200],
  ])('%d is %d in a %d', (code, seen, httpStatus) => {
    const answer = translate('error', `{"code":${String(code)},"message":"m","data":{"uri":"a"}}`);
    expect(answer).toMatchObject({ kind: 'error', code: seen, httpStatus });
    expect(answer.body).toStrictEqual({ code: seen, message: 'm', data: { uri: 'a' } });
  });

  it('says 404 of a method that the server does not have, as no server that lists a tool can', () => {
    const answer = translate('error', '{"code":-32601,"message":"m"}', { method: 'completion/complete' });
    expect(answer).toMatchObject({ code: -32601, httpStatus: 404 });
  });

  it('gives a message to an error that has none, and invents no data', () => {
    expect(translate('error', '{"code":1}').body).toStrictEqual({ code: 1, message: 'The server gave no reason.' });
  });
});

const urlError = (elicitations: unknown) => JSON.stringify({ code: -32042, message: 'm', data: { elicitations } });

function urlRequest(message: string, url: string) {
  return { method: 'elicitation/create', params: { mode: 'url', message, url } };
}

describe('-32042', () => {
  const one = { mode: 'url', elicitationId: 'e', url: 'https://a.example', message: 'Open it' };

  it('asks a client that knows URLs to open them, without the removed id', () => {
    const answer = translate('error', urlError([one, { url: 'https://b.example' }, { mode: 'url' }, null]));
    expect(answer).toMatchObject({ kind: 'input_required', httpStatus: 200 });
    expect(answer.body).toStrictEqual({
      resultType: 'input_required',
      inputRequests: {
        'url-1': urlRequest('Open it', 'https://a.example'),
        'url-2': urlRequest('', 'https://b.example'),
      },
      _meta: META,
    });
  });

  it.each([[{}], [{ elicitation: {} }], [{ elicitation: { form: {} } }], [undefined]])(
    'is -32021 for a client that declares %j',
    (clientCapabilities) => {
      const answer = translate('error', urlError([one]), { clientCapabilities });
      expect(answer).toMatchObject({ kind: 'error', code: -32021, httpStatus: 400 });
      expect(answer.body).toMatchObject({ data: { requiredCapabilities: { elicitation: { url: {} } } } });
    },
  );

  it.each([
    ['tools/call', undefined],
    ['tools/call', []],
    ['tools/call', 'x'],
    ['tools/call', [{ url: 7 }]],
    ['completion/complete', [one]],
  ])('is -32603 in %s with %j', (method, elicitations) => {
    expect(translate('error', urlError(elicitations), { method })).toMatchObject({ kind: 'error', code: -32603 });
  });
});
