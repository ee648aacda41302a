import { describe, expect, it } from 'vitest';
import { parseBody, ParsedBody } from '../../parse-body.js';
import { toLegacyResponses, type PendingRequest } from './input-responses.js';

const SAMPLE = '{"role":"assistant","model":"m","content":{"type":"text","text":"\\u0061"}}';

function respond(pending: PendingRequest[], inputResponses: string | undefined) {
  const members = inputResponses === undefined ? '' : `"inputResponses":${inputResponses}`;
  const bytes = Buffer.from(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{${members}}}`);
  const body = parseBody(bytes);
  if (!(body instanceof ParsedBody)) throw body;
  return toLegacyResponses(pending, body);
}

describe('toLegacyResponses', () => {
  it.each([
    ['elicitation/create', '{"action":"accept","content":{"a": 1.0}}', undefined],
    ['elicitation/create', '{"action":"decline"}', undefined],
    ['elicitation/create', '{"action":"cancel","content":null}', '{"action":"cancel"}'],
    ['sampling/createMessage', SAMPLE, undefined],
    ['sampling/createMessage', '{"role":"assistant","model":"m","content":[]}', undefined],
    ['roots/list', '{"roots":[{"uri":"file:///a"}]}', undefined],
  ])('passes the answer to %s on: %s', (method, answer, expected = answer) => {
    const [response] = respond([{ key: 'k', method, id: '7' }], `{"k":${answer},"other":1}`);
    expect(response?.state).toBe('answered');
    expect(response?.bytes.toString()).toBe(`{"jsonrpc":"2.0","id":7,"result":${expected}}`);
  });

  it.each([
    ['elicitation/create', '{"action":"perhaps"}'],
    ['elicitation/create', '{"action":"accept","content":[1]}'],
    ['elicitation/create', 'null'],
    ['sampling/createMessage', '{"action":"accept"}'],
    ['sampling/createMessage', '{"role":"assistant","content":{}}'],
    ['roots/list', '{"roots":{}}'],
    ['roots/list', '[]'],
    ['tools/call', '{}'],
  ])('calls an answer to %s malformed: %s', (method, answer) => {
    const [response] = respond([{ key: 'k', method, id: '"r"' }], `{"k":${answer}}`);
    expect(response?.state).toBe('malformed');
    expect(JSON.parse(response?.bytes.toString() ?? '')).toMatchObject({ id: 'r', error: { code: -32603 } });
  });

  it.each<[string, string | undefined, unknown]>([
    ['elicitation/create', undefined, { result: { action: 'cancel' } }],
    ['elicitation/create', '{"K":{"action":"accept"}}', { result: { action: 'cancel' } }],
    ['sampling/createMessage', '{}', { error: { code: -1 } }],
    ['roots/list', '[]', { error: { code: -32603 } }],
  ])('misses an answer to %s in %s', (method, inputResponses, expected) => {
    const [response] = respond([{ key: 'k', method, id: '7' }], inputResponses);
    expect(response).toMatchObject({ state: 'missing', pending: { key: 'k' } });
    expect(JSON.parse(response?.bytes.toString() ?? '')).toMatchObject({ id: 7, ...(expected as object) });
  });

  it('answers each of several, in their order', () => {
    const pending = ['a', 'b', '__proto__'].map((key) => ({ key, method: 'elicitation/create', id: `"${key}"` }));
    const responses = respond(pending, '{"b":{"action":"decline"},"__proto__":{"action":"accept"}}');
    expect(responses.map(({ state }) => state)).toStrictEqual(['missing', 'answered', 'answered']);
  });
});
