import { describe, expect, it } from 'vitest';
import { readPeerMessage } from '../peer-message.js';
import { toInputRequest } from './server-request.js';

const ALL = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} };

function fateOf(method: string, params: string | undefined, declared: unknown) {
  const rest = params === undefined ? '' : `,"params":${params}`;
  const message = readPeerMessage(Buffer.from(`{"jsonrpc":"2.0","id":"r1","method":"${method}"${rest}}`));
  if (message.kind !== 'request') throw new Error(message.kind);
  return toInputRequest(message, declared);
}

describe('toInputRequest', () => {
  it.each([
    ['elicitation/create', '{"message":"m","requestedSchema":{"type" : "object"}}', undefined],
    [
      'elicitation/create',
      '{"mode":"form","message":"m","task":{"ttl":1},"_meta":{"progressToken":1}}',
      '{"mode":"form","message":"m"}',
    ],
    [
      'elicitation/create',
      '{"mode":"url","message":"m","elicitationId":"e","url":"https://a.example"}',
      '{"mode":"url","message":"m","url":"https://a.example"}',
    ],
    ['sampling/createMessage', '{"messages":[],"maxTokens":1e2,"tools":[]}', undefined],
  ])('asks the client: %s %s', (method, params, asked = params) => {
    const fate = fateOf(method, params, ALL);
    if (fate.kind !== 'ask') throw new Error(fate.kind);
    expect(fate).toMatchObject({ id: '"r1"', method });
    expect(fate.entry.toString()).toBe(`{"method":"${method}","params":${asked}}`);
  });

  it.each([undefined, '{}', '{"_meta":{"progressToken":1}}'])('asks for roots, given %s', (params) => {
    const fate = fateOf('roots/list', params, ALL);
    expect(fate.kind === 'ask' && fate.entry.toString()).toBe('{"method":"roots/list"}');
  });

  it.each<[string, string | undefined, unknown, number]>([
    ['elicitation/create', '{"message":"m"}', {}, -32601],
    ['elicitation/create', '{"message":"m"}', undefined, -32601],
    ['elicitation/create', '{"message":"m"}', { elicitation: { url: {} } }, -32602],
    ['elicitation/create', '{"mode":"url","url":"u"}', { elicitation: {} }, -32602],
    ['elicitation/create', '{"mode":"url"}', ALL, -32602],
    ['elicitation/create', '{"mode":"url","url":{}}', ALL, -32602],
    ['elicitation/create', undefined, ALL, -32602],
    ['sampling/createMessage', '{"messages":[]}', { roots: {} }, -32601],
    ['sampling/createMessage', '{"tools":[]}', { sampling: {} }, -32602],
    ['sampling/createMessage', undefined, ALL, -32602],
    ['roots/list', undefined, {}, -32601],
    ['tasks/list', undefined, ALL, -32601],
    ['tools/call', '{}', ALL, -32601],
    ['constructor', undefined, ALL, -32601],
  ])('refuses %s %s for %j with %d', (method, params, declared, code) => {
    const fate = fateOf(method, params, declared);
    if (fate.kind !== 'answer') throw new Error(fate.kind);
    expect(JSON.parse(fate.bytes.toString())).toMatchObject({ jsonrpc: '2.0', id: 'r1', error: { code } });
  });

  it('answers a ping', () => {
    const fate = fateOf('ping', undefined, {});
    expect(fate.kind === 'answer' && fate.bytes.toString()).toBe('{"jsonrpc":"2.0","id":"r1","result":{}}');
  });
});
