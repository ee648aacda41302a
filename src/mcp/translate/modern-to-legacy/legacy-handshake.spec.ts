import { describe, expect, it } from 'vitest';
import { parseBody, ParsedBody } from '../../parse-body.js';
import { legacyClientOf } from './legacy-handshake.js';
import { modernCallOf } from './modern-call.js';

const GATEWAY = { name: 'gateway', version: '1' };

function bodyWith(meta: object): ParsedBody {
  const message = { jsonrpc: '2.0', id: 'a', method: 'tools/call', params: { _meta: meta } };
  const body = parseBody(Buffer.from(JSON.stringify(message)));
  if (!(body instanceof ParsedBody)) throw body;
  return body;
}

describe('legacyClientOf', () => {
  it.each([
    [{}, { capabilities: {}, clientInfo: GATEWAY }],
    [
      {
        'io.modelcontextprotocol/clientCapabilities': { roots: {}, elicitation: { url: {} }, tasks: {} },
        'io.modelcontextprotocol/clientInfo': { name: 'c', version: '2', title: 'C' },
      },
      {
        capabilities: { elicitation: { url: {} }, roots: {} },
        clientInfo: { name: 'c', version: '2', title: 'C' },
      },
    ],
    [
      {
        'io.modelcontextprotocol/clientCapabilities': 'all',
        'io.modelcontextprotocol/clientInfo': { name: 'c' },
      },
      { capabilities: {}, clientInfo: GATEWAY },
    ],
  ])('%j', (meta, expected) => {
    expect(legacyClientOf(bodyWith(meta), GATEWAY)).toStrictEqual(expected);
  });
});

describe('modernCallOf', () => {
  it('keeps what answers are translated against', () => {
    const meta = {
      progressToken: 7,
      'io.modelcontextprotocol/clientCapabilities': { sampling: {} },
      'io.modelcontextprotocol/logLevel': 'info',
    };
    expect(modernCallOf(bodyWith(meta))).toStrictEqual({
      id: '"a"',
      method: 'tools/call',
      clientCapabilities: { sampling: {} },
      progressToken: 7,
      logLevel: 'info',
    });
  });
});
