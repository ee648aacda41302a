import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { expectProblem, getServer, register, SERVERS } from '../support/registry.js';
import { Sql } from '../support/sql.js';

const valid = { name: 'valid', endpointUrl: 'http://127.0.0.1:9/mcp', autoDiscover: false };

/** Every text that a registration or a change may hold, set to `text`. */
const REGISTERED: readonly ((text: string) => Record<string, unknown>)[] = [
  (text) => ({ name: text }),
  (text) => ({ name: `io.github.acme/${text}` }),
  (text) => ({ endpointUrl: `http://127.0.0.1:9/${text}` }),
  (text) => ({ version: text }),
  (text) => ({ title: text }),
  (text) => ({ description: text }),
  (text) => ({ tags: [text] }),
  (text) => ({ alias: text }),
  (text) => ({ transportType: text }),
  (text) => ({ visibility: text }),
];
const CHANGED: readonly ((text: string) => Record<string, unknown>)[] = [
  (text) => ({ title: text }),
  (text) => ({ description: text }),
  (text) => ({ tags: [text] }),
  (text) => ({ endpointUrl: `http://127.0.0.1:9/${text}` }),
  (text) => ({ owner: text }),
  (text) => ({ lifecycle: text }),
  (text) => ({ status: text }),
];
const PARAMETERS = ['status', 'transportType', 'tags', 'q', 'include', 'limit', 'cursor'];

const SQL_TEXTS = [
  "'; DROP TABLE mcp_servers; --",
  "' OR '1'='1",
  '" OR ""="',
  "x') UNION SELECT secret FROM api_keys --",
  "\\'; SELECT pg_sleep(10); --",
  '$1::text',
  '%_\\',
];

describe('texts that are none of ours', () => {
  let app: TestApp;
  let sql: Sql;
  let id: string;

  beforeAll(async () => {
    app = await startTestApp();
    sql = new Sql(app.urls.ownerUrl);
    ({ id } = await register(app, { ...valid, name: 'present' }));
  });
  afterAll(async () => {
    await sql.close();
    await app.close();
  });

  const servers = async (): Promise<object[]> => sql.rows('SELECT * FROM mcp_servers');

  it.each([
    ['a NUL', 'a\u0000b'],
    ['a high surrogate alone', 'a\uD800b'],
    ['a low surrogate alone', 'a\uDC00'],
  ])('%s is refused in every field', async (_what, text) => {
    const before = await servers();
    for (const field of REGISTERED) {
      expectProblem(await app.request('POST', SERVERS, { ...valid, ...field(text) }), [400, 422]);
    }
    for (const field of CHANGED) {
      expectProblem(await app.request('PATCH', `${SERVERS}/${id}`, field(text)), [400, 422]);
    }
    expect(await servers()).toEqual(before);
  });

  it.each(PARAMETERS)('a NUL is refused in the parameter %s', async (name) => {
    expectProblem(await app.request('GET', `${SERVERS}?${name}=a%00b`), 400);
  });

  it.each(SQL_TEXTS)('%s is refused, or a text like others', async (text) => {
    const before = await servers();
    for (const field of REGISTERED) {
      const given = { ...valid, ...field(text) };
      const response = await app.request('POST', SERVERS, given);
      if (response.status !== 201) {
        expectProblem(response, [400, 422]);
        continue;
      }
      if ('title' in given || 'description' in given || 'tags' in given)
        expect(response.body).toMatchObject(field(text));
      expect((await app.request('DELETE', `${SERVERS}/${response.body.id}`)).status).toBe(204);
    }
    for (const field of CHANGED) {
      const response = await app.request('PATCH', `${SERVERS}/${id}`, field(text));
      if (response.status !== 200) expectProblem(response, [400, 422]);
    }
    for (const name of PARAMETERS) {
      const response = await app.request('GET', `${SERVERS}?${name}=${encodeURIComponent(text)}`);
      if (response.status !== 200) expectProblem(response, 400);
    }
    const left = await servers();
    expect(left.filter((server) => !('deleted_at' in server && server.deleted_at !== null))).toHaveLength(1);
    expect(left.length).toBeGreaterThanOrEqual(before.length);
  });

  it('keeps texts of every script as they are', async () => {
    const given = { title: 'Ωμέγα 天気 🌦️ \u202Eabc', description: 'é vs e\u0301, "quotes", \\backslash, \ttab\nline' };
    const server = await register(app, { ...valid, ...given, name: 'scripts', tags: ['🏷️', 'ß'] });
    expect(await getServer(app, server.id)).toMatchObject({ ...given, tags: ['🏷️', 'ß'] });
  });
});
