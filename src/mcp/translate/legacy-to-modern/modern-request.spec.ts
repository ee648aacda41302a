import { describe, expect, it } from 'vitest';
import { modernMetaOf, toModernRequest, type Retry, type SessionClient } from './modern-request.js';

const client: SessionClient = {
  clientCapabilities: { roots: { listChanged: true }, tasks: {} },
  clientInfo: { name: 'c', version: '1' },
  logLevel: undefined,
};
const META =
  '"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"roots":{}},' +
  '"io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"}';
const LEVEL = ',"io.modelcontextprotocol/logLevel":"info"';

function translate(request: string, changes: Partial<SessionClient> = {}, retry?: Retry): string {
  const meta = modernMetaOf({ ...client, ...changes }, '2026-07-28');
  return toModernRequest(Buffer.from(request), '"x"', meta, retry).toString();
}

describe('toModernRequest', () => {
  it.each([
    [
      'a call',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a" : 1.50}}}',
      `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"t","arguments":{"a" : 1.50},"_meta":{${META}}}}`,
    ],
    [
      'what is in _meta already',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"progressToken":7.0,"a/b":[ ]},"name":"t"}}',
      `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"_meta":{"progressToken":7.0,"a/b":[ ],${META}},"name":"t"}}`,
    ],
    [
      'what a legacy client cannot mean',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"task":{"ttl":1},"inputResponses":{},"requestState":"s","name":"t","_meta":{"io.modelcontextprotocol/logLevel":"debug","io.modelcontextprotocol/clientCapabilities":{"sampling":{}}}}}',
      `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"t","_meta":{${META}}}}`,
    ],
    [
      'no params',
      '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
      `{"jsonrpc":"2.0","id":"x","method":"tools/list","params":{"_meta":{${META}}}}`,
    ],
  ])('%s', (_what, request, expected) => {
    expect(translate(request)).toBe(expected);
  });

  it.each([
    ['tools/call', true],
    ['resources/read', true],
    ['completion/complete', true],
    ['tools/list', false],
    ['subscriptions/listen', false],
    ['t\\u006fols/call', true],
  ])('tells %s the log level: %s', (method, told) => {
    const request = `{"jsonrpc":"2.0","id":1,"method":"${method}","params":{}}`;
    expect(translate(request, { logLevel: 'info' })).toContain(`"_meta":{${META}${told ? LEVEL : ''}}`);
  });

  it.each([undefined, 'me', { name: 'c' }])('leaves out a client that calls itself %j', (clientInfo) => {
    const request = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
    expect(translate(request, { clientInfo })).not.toContain('clientInfo');
  });

  it.each<[Retry, string]>([
    [{ inputResponses: undefined, requestState: undefined }, ''],
    [{ inputResponses: undefined, requestState: 's"\n' }, ',"requestState":"s\\"\\n"'],
    [{ inputResponses: Buffer.from('{"k":{ }}'), requestState: '' }, ',"inputResponses":{"k":{ }},"requestState":""'],
  ])('retries with %j', (retry, added) => {
    const request = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"requestState":"theirs"}}';
    expect(translate(request, {}, retry)).toBe(
      `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"_meta":{${META}}${added}}}`,
    );
  });
});
