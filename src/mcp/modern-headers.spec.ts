import { describe, expect, it } from 'vitest';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.js';
import { addModernHeaders, checkModernRequest, checkParamHeaders } from './modern-headers.js';
import { addParamHeaders, compileParamHeaders } from './param-headers.js';
import { parseBody, ParsedBody } from './parse-body.js';

const VERSION = 'io.modelcontextprotocol/protocolVersion';
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const META = { [VERSION]: '2026-07-28', [CAPABILITIES]: {} };

function body(method: string, params: object): ParsedBody {
  const parsed = parseBody(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 'r1', method, params })));
  if (!(parsed instanceof ParsedBody)) throw new Error(parsed.message);
  return parsed;
}

const HEADERS = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'echo' };
const wrap = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`;

const headers = (changes: Record<string, string | undefined> = {}) => ({ ...HEADERS, ...changes });

describe('checkModernRequest', () => {
  const call = (meta: object = META, name: unknown = 'echo') => body('tools/call', { name, _meta: meta });

  it.each<[string, ParsedBody, Record<string, string | undefined>]>([
    ['a call', call(), headers()],
    ['a wrapped name', call(META, 'écho'), headers({ 'mcp-name': wrap('écho') })],
    ['a plain name that came wrapped', call(), headers({ 'mcp-name': wrap('echo') })],
    ['white space around the headers', call(), headers({ 'mcp-name': ' echo\t', 'mcp-method': ' tools/call ' })],
    [
      'a list without Mcp-Name',
      body('tools/list', { _meta: META }),
      headers({ 'mcp-method': 'tools/list', 'mcp-name': undefined }),
    ],
    [
      'a read',
      body('resources/read', { uri: 'a://b', _meta: META }),
      headers({ 'mcp-method': 'resources/read', 'mcp-name': 'a://b' }),
    ],
    ['a call without a name, refused later', call(META, 7), headers({ 'mcp-name': undefined })],
  ])('lets %s through', (_what, request, given) => {
    expect(checkModernRequest(request, given)).toBeUndefined();
  });

  it.each<[string, ParsedBody, Record<string, string | undefined>, number, number]>([
    ['no clientCapabilities, before the headers', call({ [VERSION]: '2026-07-28' }), {}, 400, -32602],
    ['a version that is no string', call({ ...META, [VERSION]: 7 }), headers(), 400, -32602],
    ['clientCapabilities that are no object', call({ ...META, [CAPABILITIES]: [] }), headers(), 400, -32602],
    ['no version header', call(), headers({ 'mcp-protocol-version': undefined }), 400, -32020],
    ['another version header, before the version', call({ ...META, [VERSION]: '2099-01-01' }), headers(), 400, -32020],
    ['no method header', call(), headers({ 'mcp-method': undefined }), 400, -32020],
    ['another method header', call(), headers({ 'mcp-method': 'tools/list' }), 400, -32020],
    ['a method header in another case', call(), headers({ 'mcp-method': 'Tools/Call' }), 400, -32020],
    [
      'an unsupported version, before the name',
      call({ ...META, [VERSION]: '2099-01-01' }),
      headers({ 'mcp-protocol-version': '2099-01-01', 'mcp-name': 'x' }),
      400,
      -32022,
    ],
    ['no name header', call(), headers({ 'mcp-name': undefined }), 400, -32020],
    ['another name header', call(), headers({ 'mcp-name': 'Echo' }), 400, -32020],
    [
      'a name header in raw UTF-8',
      call(META, 'écho'),
      headers({ 'mcp-name': Buffer.from('écho').toString('latin1') }),
      400,
      -32020,
    ],
    ['a name header that is no base64', call(), headers({ 'mcp-name': '=?base64?ZWNob?=' }), 400, -32020],
    ['a name header that is no UTF-8', call(), headers({ 'mcp-name': '=?base64?/w==?=' }), 400, -32020],
    ['no-break space around a name', call(), headers({ 'mcp-name': '\u00a0echo' }), 400, -32020],
    ['an unknown method', body('x/y', { _meta: META }), headers({ 'mcp-method': 'x/y' }), 404, -32601],
    ['a legacy method', body('initialize', { _meta: META }), headers({ 'mcp-method': 'initialize' }), 404, -32601],
    [
      'a notification as a request',
      body('notifications/cancelled', { _meta: META }),
      headers({ 'mcp-method': 'notifications/cancelled' }),
      404,
      -32601,
    ],
  ])('refuses %s', (_what, request, given, httpStatus, code) => {
    expect(checkModernRequest(request, given)).toMatchObject({ httpStatus, code, id: '"r1"' });
  });

  it('says which versions it supports', () => {
    const request = call({ ...META, [VERSION]: '2099-01-01' });
    expect(checkModernRequest(request, headers({ 'mcp-protocol-version': '2099-01-01' }))?.data).toStrictEqual({
      supported: ['2026-07-28'],
      requested: '2099-01-01',
    });
  });
});

describe('header values', () => {
  it.each([
    ['echo', 'echo'],
    ['a b', 'a b'],
    ['', '=?base64??='],
    [' echo', wrap(' echo')],
    ['echo\t', wrap('echo\t')],
    ['a\r\nX-Evil: 1', wrap('a\r\nX-Evil: 1')],
    ['écho', wrap('écho')],
    [wrap('x'), wrap(wrap('x'))],
    ['=?base64?=', '=?base64?='],
  ])('%j is sent as %s and read again', (text, header) => {
    expect(encodeHeaderValue(text)).toBe(header);
    expect(decodeHeaderValue(header)).toBe(text);
  });
});

const declared = (schema: object) => compileParamHeaders({ type: 'object', properties: schema });

describe('compileParamHeaders', () => {
  it('finds declarations at any depth of properties', () => {
    const schema = {
      region: { type: 'string', 'x-mcp-header': 'Region' },
      options: { type: 'object', properties: { limit: { type: 'integer', 'x-mcp-header': 'Limit' } } },
      plain: { type: 'string', default: { 'x-mcp-header': 'Ignored' } },
    };
    expect(declared(schema)).toStrictEqual({
      valid: true,
      headers: [
        { header: 'Mcp-Param-Region', key: 'mcp-param-region', path: ['region'], numeric: false },
        { header: 'Mcp-Param-Limit', key: 'mcp-param-limit', path: ['options', 'limit'], numeric: true },
      ],
    });
  });

  it.each<[string, unknown]>([
    ['an empty schema', {}],
    ['no schema', undefined],
    ['a boolean schema', true],
  ])('finds none in %s', (_what, schema) => {
    expect(compileParamHeaders(schema)).toStrictEqual({ valid: true, headers: [] });
  });

  const header = { type: 'string', 'x-mcp-header': 'A' };
  it.each<[string, unknown]>([
    ['on the schema itself', { 'x-mcp-header': 'A', type: 'string' }],
    ['below items', { properties: { a: { type: 'array', items: header } } }],
    ['below anyOf', { anyOf: [{ properties: { a: header } }] }],
    ['below $defs', { $defs: { a: header } }],
    ['below patternProperties', { patternProperties: { '^a': header } }],
    ['with an empty name', { properties: { a: { type: 'string', 'x-mcp-header': '' } } }],
    ['with a name that is no token', { properties: { a: { type: 'string', 'x-mcp-header': 'a b' } } }],
    ['with a name that is no string', { properties: { a: { type: 'string', 'x-mcp-header': 1 } } }],
    ['on an object', { properties: { a: { type: 'object', 'x-mcp-header': 'A' } } }],
    ['without a type', { properties: { a: { 'x-mcp-header': 'A' } } }],
    ['twice, but for the case', { properties: { a: header, b: { type: 'string', 'x-mcp-header': 'a' } } }],
  ])('refuses a declaration %s', (_what, schema) => {
    expect(compileParamHeaders(schema)).toMatchObject({ valid: false, headers: [] });
  });

  it('refuses the type number, yet gives the header to a server that checks it', () => {
    const found = declared({ a: { type: 'number', 'x-mcp-header': 'A' } });
    expect(found).toMatchObject({ valid: false, headers: [{ key: 'mcp-param-a', numeric: true }] });
  });

  it('is bounded in depth', () => {
    let schema: unknown = header;
    for (let i = 0; i < 50_000; i += 1) schema = { properties: { a: schema } };
    expect(compileParamHeaders(schema)).toMatchObject({ valid: false });
    let nested: unknown = [header];
    for (let i = 0; i < 50_000; i += 1) nested = [nested];
    expect(compileParamHeaders({ anyOf: nested })).toMatchObject({ valid: false });
  });
});

describe('Mcp-Param headers', () => {
  const { headers: list } = declared({
    region: { type: 'string', 'x-mcp-header': 'Region' },
    dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
    options: { type: 'object', properties: { limit: { type: 'integer', 'x-mcp-header': 'Limit' } } },
  });
  const check = (args: object | undefined, headers: Record<string, string>) =>
    checkParamHeaders(body('tools/call', { name: 'a', arguments: args }), list, headers)?.code;

  it.each<[string, object | undefined, Record<string, string>]>([
    ['equal text', { region: 'eu' }, { 'mcp-param-region': 'eu' }],
    ['wrapped text', { region: 'zürich' }, { 'mcp-param-region': wrap('zürich') }],
    ['an equal integer', { options: { limit: 42 } }, { 'mcp-param-limit': '42' }],
    ['an integer as a decimal', { options: { limit: 42 } }, { 'mcp-param-limit': '42.0' }],
    ['a boolean', { dry: false }, { 'mcp-param-dry': 'false' }],
    ['null, which needs none', { region: null }, {}],
    ['no value, whatever the header', {}, { 'mcp-param-region': 'eu' }],
    ['no arguments', undefined, {}],
    ['an inherited member', { options: 'x' }, {}],
  ])('accepts %s', (_what, args, headers) => {
    expect(check(args, headers)).toBeUndefined();
  });

  it.each<[string, object, Record<string, string>]>([
    ['a missing header', { region: 'eu' }, {}],
    ['other text', { region: 'eu' }, { 'mcp-param-region': 'us' }],
    ['another integer', { options: { limit: 42 } }, { 'mcp-param-limit': '43' }],
    ['an integer in hex', { options: { limit: 42 } }, { 'mcp-param-limit': '0x2a' }],
    ['broken base64', { region: 'eu' }, { 'mcp-param-region': '=?base64?*?=' }],
    ['a boolean in another case', { dry: true }, { 'mcp-param-dry': 'True' }],
  ])('refuses %s', (_what, args, headers) => {
    expect(check(args, headers)).toBe(-32020);
  });

  it('are built for an upstream, and pass its check', () => {
    const args = { region: 'zürich\n', dry: true, options: { limit: 7 }, other: 1 };
    const into: Record<string, string> = {};
    addModernHeaders(into, '2026-07-28', 'tools/call', 'écho');
    addParamHeaders(into, list, args);
    expect(into).toStrictEqual({
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': 'tools/call',
      'Mcp-Name': wrap('écho'),
      'Mcp-Param-Region': wrap('zürich\n'),
      'Mcp-Param-Dry': 'true',
      'Mcp-Param-Limit': '7',
    });
    const received = Object.fromEntries(Object.entries(into).map(([name, value]) => [name.toLowerCase(), value]));
    const request = body('tools/call', { name: 'écho', arguments: args, _meta: META });
    expect(checkModernRequest(request, received)).toBeUndefined();
    expect(checkParamHeaders(request, list, received)).toBeUndefined();
  });

  it('leave out what no header carries, and Mcp-Name where there is none', () => {
    const into: Record<string, string> = {};
    addModernHeaders(into, '2026-07-28', 'completion/complete', 'x');
    addParamHeaders(into, list, { region: null, dry: {}, options: { limit: 2 ** 60 } });
    expect(Object.keys(into)).toStrictEqual(['MCP-Protocol-Version', 'Mcp-Method']);
  });
});
