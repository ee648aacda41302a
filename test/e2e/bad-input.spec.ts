import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { rawRequest } from '../support/raw-request.js';
import { expectProblem, register, SERVERS } from '../support/registry.js';
import { Sql } from '../support/sql.js';

const UNKNOWN = '01900000-0000-7000-8000-000000000000';
const JSON_TYPE = { 'content-type': 'application/json' };
const valid = { name: 'valid', endpointUrl: 'http://127.0.0.1:9/mcp', autoDiscover: false };

let app: TestApp;
let sql: Sql;
/** A server that is there before and after. */
let id: string;
let before: Record<string, number>;

beforeAll(async () => {
  app = await startTestApp();
  sql = new Sql(app.urls.ownerUrl);
  ({ id } = await register(app, { ...valid, name: 'present' }));
  before = await sql.counts();
});
afterAll(async () => {
  // Nothing of all that was refused is half stored.
  expect(await sql.counts()).toEqual(before);
  await sql.close();
  await app.close();
});

describe('a body that is refused', () => {
  it.each<[string, string | Buffer, number, string]>([
    ['nothing', '', 400, 'request.malformed'],
    ['no JSON', 'name=x', 400, 'request.malformed'],
    ['half of a JSON text', '{"name": "x"', 400, 'request.malformed'],
    ['JSON and more', '{} {}', 400, 'request.malformed'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'request.malformed'],
    ['a number', '5', 400, 'request.invalid'],
    ['null', 'null', 400, 'request.invalid'],
    ['a list', '[]', 400, 'request.invalid'],
    ['a text', '"x"', 400, 'request.invalid'],
    ['an empty object', '{}', 400, 'request.invalid'],
    ['__proto__', '{"__proto__": {"name": "x"}, "name": "x"}', 400, 'request.malformed'],
    ['__proto__ inside', '{"name": "x", "settings": {"__proto__": {}}}', 400, 'request.malformed'],
    ['constructor.prototype', '{"constructor": {"prototype": {"a": 1}}}', 400, 'request.malformed'],
    ['more levels than anybody needs', '['.repeat(50_000) + ']'.repeat(50_000), 400, 'request.invalid'],
    ['5 MB', JSON.stringify({ ...valid, description: 'x'.repeat(5_000_000) }), 413, 'request.too_large'],
    ['a byte more than 1 MiB', `${' '.repeat(1024 * 1024 - 1)}{}`, 413, 'request.too_large'],
  ])('%s', async (_what, body, status, code) => {
    for (const [method, path] of [
      ['POST', SERVERS],
      ['PATCH', `${SERVERS}/${id}`],
    ] as const) {
      expectProblem(await rawRequest(app.url, { method, path, headers: JSON_TYPE, body }), status, code);
    }
  });

  it.each([
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'application/x-www-form-urlencoded' }],
    [{ 'content-type': 'multipart/form-data; boundary=x' }],
    [{ 'content-type': 'application/xml' }],
    [{ 'content-type': 'nonsense' }],
    [{ 'content-length': '2' }],
  ])('of another type: %o', async (headers) => {
    const response = await rawRequest(app.url, { method: 'POST', path: SERVERS, headers, body: '{}' });
    expectProblem(response, 415, 'request.unsupported_media_type');
  });

  it('is said to be too large before it was sent', async () => {
    const headers = { ...JSON_TYPE, 'content-length': '5000000', expect: '100-continue' };
    expectProblem(await rawRequest(app.url, { method: 'POST', path: SERVERS, headers, body: '' }), 413);
  });
});

describe('fields that are refused', () => {
  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['the name is missing', { name: undefined }, ['name']],
    ['the name is a number', { name: 5 }, ['name']],
    ['the name is empty', { name: '' }, ['name']],
    ['a million characters', { name: 'x'.repeat(1_000_000) }, ['name']],
    ['a name with blanks', { name: 'two words' }, ['name']],
    ['a name that climbs', { name: '../../etc' }, ['name']],
    ['two slashes', { name: 'a/b/c' }, ['name']],
    ['a version with an @', { version: '1@2' }, ['version']],
    ['a version with a slash', { version: '1/2' }, ['version']],
    ['the URL is missing', { endpointUrl: undefined }, ['endpointUrl']],
    ['a URL of 3,000 characters', { endpointUrl: `http://x/${'y'.repeat(3000)}` }, ['endpointUrl']],
    ['an unknown transport', { transportType: 'pigeon' }, ['transportType']],
    ['a description of 2,001 characters', { description: 'x'.repeat(2001) }, ['description']],
    ['51 tags', { tags: Array.from({ length: 51 }, (_item, i) => `t${i}`) }, ['tags']],
    ['a tag of 65 characters', { tags: ['ok', 'x'.repeat(65)] }, ['tags.1']],
    ['an empty tag', { tags: [''] }, ['tags.0']],
    ['tags that are a text', { tags: 'a,b' }, ['tags']],
    ['null where nothing is cleared', { title: null }, ['title']],
    ['a timeout of 0', { settings: { timeoutMs: 0 } }, ['settings.timeoutMs']],
    ['a weight of a half', { settings: { weight: 0.5 } }, ['settings.weight']],
    ['an unknown setting', { settings: { colour: 'red' } }, ['settings']],
    ['a flag that is a text', { autoDiscover: 'yes' }, ['autoDiscover']],
    ['everything at once', { name: 1, tags: 2, settings: 3 }, ['name', 'tags', 'settings']],
    ['unknown fields', { owner: 'me', isLatest: true }, ['']],
    ['a field of every object', { constructor: 1 }, ['']],
  ])('%s', async (_what, fields, paths) => {
    const response = await app.request('POST', SERVERS, { ...valid, ...fields });
    expectProblem(response, 400, 'request.invalid');
    const named = response.body.errors.map(({ path }: { path: string }) => path);
    expect([...new Set(named)]).toEqual(paths);
    expect(JSON.stringify(response.body).length).toBeLessThan(10_000);
  });

  it('a name and version that are there already', async () => {
    expectProblem(await app.request('POST', SERVERS, { ...valid, name: 'PRESENT' }), 409);
  });
});

describe('paths and methods that are refused', () => {
  it.each([
    ['an id that nobody has', 'GET', `${SERVERS}/${UNKNOWN}`, 404],
    ['what is no UUID', 'GET', `${SERVERS}/42`, 400],
    ['a UUID with more', 'GET', `${SERVERS}/${UNKNOWN}0`, 400],
    ['a UUID in braces', 'GET', `${SERVERS}/%7B${UNKNOWN}%7D`, 400],
    ['SQL', 'GET', `${SERVERS}/'%20OR%201=1--`, 400],
    ['a NUL', 'GET', `${SERVERS}/%00`, 400],
    ['a NUL behind a UUID', 'DELETE', `${SERVERS}/${UNKNOWN}%00`, 400],
    ['dots', 'GET', `${SERVERS}/..%2f..%2fetc%2fpasswd`, 400],
    ['bad percent-encoding', 'GET', `${SERVERS}/%zz`, 400],
    ['half a character', 'GET', `${SERVERS}/%C3`, 400],
    ['a segment of 600 characters', 'GET', `${SERVERS}/${'x'.repeat(600)}`, [400, 414]],
    ['a URL of 20,000 characters', 'GET', `${SERVERS}?q=${'x'.repeat(20_000)}`, 400],
    ['no such route', 'GET', '/api/v1/nothing', 404],
    ['no such route, with SQL', 'GET', "/api/v1/'%20OR%201=1--", 404],
    ['no such child', 'GET', `${SERVERS}/${UNKNOWN}/everything`, 404],
    ['PUT', 'PUT', `${SERVERS}/${UNKNOWN}`, [404, 405]],
    ['DELETE of a list', 'DELETE', SERVERS, [404, 405]],
    ['POST to a child', 'POST', `${SERVERS}/${UNKNOWN}/tools`, [404, 405]],
    ['TRACE', 'TRACE', SERVERS, [400, 404, 405]],
    ['a method that is none', 'BREW', SERVERS, [400, 404, 405]],
  ])('%s', async (_what, method, path, status) => {
    expectProblem(await rawRequest(app.url, { method, path }), status);
  });
});

describe('queries that are refused', () => {
  it.each([
    'limit=0',
    'limit=-1',
    'limit=101',
    'limit=1e9',
    'limit=99999999999999999999',
    'limit=1.5',
    'limit=ten',
    'limit=',
    'limit=NaN',
    'limit=5&limit=5',
    'status=well',
    'status=healthy&status=unhealthy',
    'transportType=pigeon',
    'q=a&q=b',
    'q=%00',
    `q=${'x'.repeat(201)}`,
    'tags=a%00',
    `tags=${'x'.repeat(65)}`,
    `tags=${Array.from({ length: 51 }, (_item, i) => i).join(',')}`,
    'include=everything',
    'include=tools,resources,prompts,tools',
    'cursor=%00',
    'cursor=a&cursor=b',
    'cursor[]=a',
    'nothing=1',
    'toString=1',
    'constructor=1',
    'prototype=1',
    '__proto__=1',
    'q[$ne]=1',
  ])('%s', async (query) => {
    expectProblem(await rawRequest(app.url, { path: `${SERVERS}?${query}` }), 400);
  });

  it.each(['limit=1000000', 'cursor=x', 'status=healthy'])('%s, of children', async (query) => {
    for (const child of ['tools', 'resources', 'prompts', 'health']) {
      expectProblem(await rawRequest(app.url, { path: `${SERVERS}/${id}/${child}?${query}` }), 400);
    }
  });
});

describe('correlation ids', () => {
  it.each([
    ['abc', true],
    ['A.b_c-1', true],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
    ['with blank', false],
    ['<script>', false],
    ['', false],
  ])('%j is taken over: %s', async (given, taken) => {
    for (const path of [SERVERS, `${SERVERS}/42`, `${SERVERS}/%zz`, '/nothing', '/health/live']) {
      const response = await rawRequest(app.url, { path, headers: { 'x-request-id': given } });
      const id = response.headers.get('x-request-id');
      if (taken) expect(id).toBe(given);
      else expect(id).toMatch(/^[0-9a-f-]{36}$/);
      if (response.status >= 400) expect(response.body.correlationId).toBe(id);
    }
  });
});
