import { describe, expect, it } from 'vitest';
import { compileParamHeaders } from '../../param-headers.js';
import { parseBody, ParsedBody } from '../../parse-body.js';
import { modernRequestHeaders } from './modern-request-headers.js';

const { headers: paramHeaders } = compileParamHeaders({
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
    inner: { type: 'object', properties: { on: { type: 'boolean', 'x-mcp-header': 'On' } } },
  },
});

function headersOf(method: string, params: object, name?: string) {
  const body = parseBody(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })));
  if (!(body instanceof ParsedBody)) throw body;
  return modernRequestHeaders(body, '2026-07-28', { name, paramHeaders });
}

const always = (method: string) => ({ 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': method });

describe('modernRequestHeaders', () => {
  it.each<[string, object, string | undefined, Record<string, string>]>([
    ['tools/call', {}, 't', { 'Mcp-Name': 't' }],
    ['tools/call', {}, 'wetter für', { 'Mcp-Name': '=?base64?d2V0dGVyIGbDvHI=?=' }],
    ['resources/read', {}, 'file:///a', { 'Mcp-Name': 'file:///a' }],
    ['completion/complete', {}, 'p', {}],
    [
      'tools/call',
      { arguments: { region: 'eu west', count: 3, inner: { on: false } } },
      't',
      { 'Mcp-Name': 't', 'Mcp-Param-Region': 'eu west', 'Mcp-Param-Count': '3', 'Mcp-Param-On': 'false' },
    ],
    [
      'tools/call',
      { arguments: { region: 'ü\n', count: null, inner: 7 } },
      't',
      { 'Mcp-Name': 't', 'Mcp-Param-Region': '=?base64?w7wK?=' },
    ],
    [
      'tools/call',
      { arguments: { region: '=?base64?YQ==?=' } },
      't',
      { 'Mcp-Name': 't', 'Mcp-Param-Region': '=?base64?PT9iYXNlNjQ/WVE9PT89?=' },
    ],
    ['prompts/get', { arguments: { region: 'eu' } }, 'p', { 'Mcp-Name': 'p' }],
  ])('%s %j', (method, params, name, expected) => {
    expect(headersOf(method, params, name)).toStrictEqual({ ...always(method), ...expected });
  });
});
