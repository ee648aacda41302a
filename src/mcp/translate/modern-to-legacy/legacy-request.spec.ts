import { describe, expect, it } from 'vitest';
import { legacyCancellation, toLegacyRequest } from './legacy-request.js';

const RESERVED =
  '"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}},' +
  '"io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"io.modelcontextprotocol/logLevel":"debug"';

describe('toLegacyRequest', () => {
  it.each([
    [
      'a call',
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a" : 1.50,"b":"\\u0061"},"_meta":{${RESERVED}}}}`,
      '{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"t","arguments":{"a" : 1.50,"b":"\\u0061"}}}',
    ],
    [
      'what else is in _meta',
      `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"_meta":{"progressToken":7.0,${RESERVED},"traceparent":"00-a"},"uri":"a://b"}}`,
      '{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"_meta":{"progressToken":7.0,"traceparent":"00-a"},"uri":"a://b"}}',
    ],
    [
      'a reserved key in another spelling',
      '{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"p","_meta":{"io.modelcontextprotocol\\u002flogLevel":"debug"}}}',
      '{"jsonrpc":"2.0","id":"x","method":"prompts/get","params":{"name":"p"}}',
    ],
    [
      'a retry',
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"inputResponses":{"k":{"action":"accept"}},"requestState":"s","name":"t","_meta":{${RESERVED}}}}`,
      '{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"t"}}',
    ],
    [
      'the same names in the arguments',
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"requestState":1,"_meta":{${RESERVED}}},"_meta":{}}}`,
      `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"t","arguments":{"requestState":1,"_meta":{${RESERVED}}}}}`,
    ],
    ['no params', '{"jsonrpc":"2.0","id":1,"method":"x"}', '{"jsonrpc":"2.0","id":"x","method":"x"}'],
  ])('%s', (_what, request, expected) => {
    expect(toLegacyRequest(Buffer.from(request), '"x"').toString()).toBe(expected);
  });
});

describe('toLegacyRequest with a progress token of our own', () => {
  it.each([
    ['{"_meta":{"progressToken":"theirs","a":1}}', '{"_meta":{"progressToken":7,"a":1}}'],
    ['{"_meta":{"a":1}}', '{"_meta":{"a":1}}'],
    ['{}', '{}'],
  ])('%s', (params, expected) => {
    const request = Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"x","params":${params}}`);
    expect(toLegacyRequest(request, '7', '7').toString()).toBe(
      `{"jsonrpc":"2.0","id":7,"method":"x","params":${expected}}`,
    );
  });
});

describe('legacyCancellation', () => {
  it.each(['7', '"a\\"b"'])('of %s', (id) => {
    expect(legacyCancellation(id).toString()).toBe(
      `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}`,
    );
  });
});
