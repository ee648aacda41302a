import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HealthJob } from '../../src/modules/servers/health/health-job.js';
import { UpstreamCredentials } from '../../src/modules/servers/index.js';
import { startTestApp, type TestApp, type TestResponse } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { expectProblem, getServer, register, SERVERS } from '../support/registry.js';
import { Sql } from '../support/sql.js';
import { bearer, type GuardedUpstream, startGuarded } from '../support/upstreams/guarded.js';
import { closeStarted, started } from '../support/upstreams/probing.js';

const TOKEN = 'tok-correct-horse-battery-staple';

let app: TestApp;
let sql: Sql;
beforeAll(async () => {
  app = await startTestApp({ environment: { LOG_LEVEL: 'debug' } });
  sql = new Sql(app.urls.ownerUrl);
});
afterEach(closeStarted);
afterAll(async () => {
  await sql.close();
  await app.close();
});

const guarded = (): Promise<GuardedUpstream> => started(startGuarded(bearer(TOKEN)));
const put = (id: string, body: unknown): Promise<TestResponse> =>
  app.request('PUT', `${SERVERS}/${id}/credentials`, body);
const checkNow = (of: TestApp = app): Promise<void> => of.app.get(HealthJob).runRound();
const stored = (id: string): Promise<{ kind: string; origin: string; ciphertext: Buffer }[]> =>
  sql.rows('SELECT kind, origin, ciphertext FROM upstream_credentials WHERE server_id = $1', [id]);
const tokenCredential = { kind: 'bearer', token: TOKEN };

/** Every row of every table of the database, as text. */
async function everything(): Promise<string> {
  const tables = await sql.rows<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  const texts = await Promise.all(
    tables.map(({ name }) => sql.rows<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`)),
  );
  return texts
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

describe('an upstream that asks for a token', () => {
  it('is unhealthy without, and healthy from the first check with it', async () => {
    const upstream = await guarded();
    const server = await register(app, { endpointUrl: upstream.url });
    expect(server).toMatchObject({ status: 'unhealthy', lastError: 'The server asks for credentials (HTTP 401).' });

    expect((await put(server.id, tokenCredential)).status).toBe(204);
    await checkNow();
    const healthy = await getServer(app, server.id);
    expect(healthy).toMatchObject({ status: 'healthy', lastError: null });
    expect((await app.request('GET', `${SERVERS}/${server.id}/tools`)).body.items.length).toBeGreaterThan(0);
  });

  it.each([
    [tokenCredential, bearer(TOKEN)],
    [
      { kind: 'basic', username: 'Aladdin', password: 'open sesame' },
      { name: 'authorization', value: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' },
    ],
    [
      { kind: 'header', name: 'X-Api-Key', value: 'the key' },
      { name: 'x-api-key', value: 'the key' },
    ],
  ])('is registered healthy with %j, presented at every request', async (credentials, wanted) => {
    const upstream = await started(startGuarded(wanted));
    const server = await register(app, { endpointUrl: upstream.url, credentials });
    expect(server.status).toBe('healthy');
    expect(upstream.seen.length).toBeGreaterThan(1);
    expect(upstream.seen.every((headers) => headers[wanted.name] === wanted.value)).toBe(true);
  });

  it('shows the secret in no answer, no log, no row', async () => {
    const printed: string[] = [];
    const catchAll = (chunk: unknown): boolean => printed.push(String(chunk)) > 0;
    const spies = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation(catchAll),
    );
    const answers: TestResponse[] = [];
    try {
      const upstream = await guarded();
      const server = await register(app, { endpointUrl: upstream.url, credentials: tokenCredential });
      const path = `${SERVERS}/${server.id}`;
      const other = { kind: 'bearer', token: `${TOKEN}-other` };
      answers.push(await app.request('PUT', `${path}/credentials`, { ...other, unknown: true }));
      answers.push(await app.request('PUT', `${path}/credentials`, { kind: 'bearer', token: `${TOKEN} with blank` }));
      answers.push(await app.request('PUT', `${path}/credentials`, other));
      // Refused now, by an upstream that repeats what it was given.
      answers.push(await app.request('POST', `${path}/probe`));
      for (const suffix of ['', '/tools', '/resources', '/prompts', '/health']) {
        answers.push(await app.request('GET', path + suffix));
      }
      answers.push(await app.request('GET', SERVERS), await app.request('GET', '/health'));
      answers.push(await app.request('GET', `${path}/credentials`));
      const unreadable = await fetch(`${app.url}${path}/credentials`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: `{"kind":"bearer","token":"${TOKEN}" x`,
      });
      answers.push({ status: unreadable.status, headers: unreadable.headers, body: await unreadable.text() });
      expect(answers.map(({ status }) => status)).toEqual([
        400, 400, 204, 200, 200, 200, 200, 200, 200, 200, 200, 404, 400,
      ]);
      expect(JSON.stringify([server, ...answers.map(({ body, headers }) => [body, ...headers])])).not.toContain(TOKEN);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    expect(printed.join('')).not.toContain(TOKEN);
    const rows = await everything();
    expect(rows.includes('servers.set_credentials')).toBe(true);
    const encodings = (['utf8', 'hex', 'base64url'] as const).map((encoding) => Buffer.from(TOKEN).toString(encoding));
    expect(encodings.filter((text) => rows.includes(text))).toEqual([]);
  });

  it('loses the credentials when it moves to another origin, and keeps them when it moves within', async () => {
    const [first, second] = await Promise.all([guarded(), guarded()]);
    const server = await register(app, { endpointUrl: first.url, credentials: tokenCredential });

    const within = await app.request('PATCH', `${SERVERS}/${server.id}`, { endpointUrl: `${first.url}?v=2` });
    expect(within.body.status).toBe('healthy');
    expect(await stored(server.id)).toHaveLength(1);

    const moved = await app.request('PATCH', `${SERVERS}/${server.id}`, { endpointUrl: second.url });
    expect(moved.body).toMatchObject({ status: 'unhealthy', lastError: expect.stringContaining('credentials') });
    expect(await stored(server.id)).toEqual([]);
    expect(second.seen.length).toBeGreaterThan(0);
    expect(second.seen.every((headers) => headers.authorization === undefined)).toBe(true);

    // Moving back brings nothing back.
    const back = await app.request('PATCH', `${SERVERS}/${server.id}`, { endpointUrl: first.url });
    expect(back.body.status).toBe('unhealthy');
  });

  it('loses them by DELETE, and with its entry', async () => {
    const upstream = await guarded();
    const server = await register(app, { endpointUrl: upstream.url, credentials: tokenCredential });
    const path = `${SERVERS}/${server.id}/credentials`;
    expect((await app.request('DELETE', path)).status).toBe(204);
    expectProblem(await app.request('DELETE', path), 404, 'servers.no_credentials');
    await checkNow();
    expect(await getServer(app, server.id)).toMatchObject({
      status: 'degraded',
      lastError: expect.stringContaining('401'),
    });

    await put(server.id, tokenCredential);
    expect(await stored(server.id)).toMatchObject([{ kind: 'bearer', origin: new URL(upstream.url).origin }]);
    await app.request('DELETE', `${SERVERS}/${server.id}`);
    expect(await stored(server.id)).toEqual([]);
  });

  it('puts every change on record, and what was refused too', async () => {
    const { id } = await register(app, { endpointUrl: 'http://127.0.0.1:9/mcp', autoDiscover: false });
    await put(id, tokenCredential);
    await app.request('DELETE', `${SERVERS}/${id}/credentials`);
    await app.request('DELETE', `${SERVERS}/${id}/credentials`);
    const events = (): Promise<object[]> =>
      sql.rows(
        `SELECT action, success, error_code FROM mcp_audit_log WHERE server_id = $1 AND action LIKE '%credentials' ORDER BY id`,
        [id],
      );
    await expect.poll(events).toEqual([
      { action: 'servers.set_credentials', success: true, error_code: null },
      { action: 'servers.delete_credentials', success: true, error_code: null },
      { action: 'servers.delete_credentials', success: false, error_code: 'servers.no_credentials' },
    ]);
  });
});

describe('credentials that are refused', () => {
  it.each([
    [400, 'request.invalid', { kind: 'header', name: 'Host', value: 'x' }],
    [400, 'request.invalid', { kind: 'header', name: 'x-key', value: 'a\r\nb: c' }],
    [400, 'request.invalid', { kind: 'basic', username: 'a:b', password: 'c' }],
    [422, 'servers.unsupported_credential', { kind: 'oauth_client_credentials', clientId: 'c', clientSecret: 's' }],
  ])('%i %s, and nothing is stored', async (status, code, credentials) => {
    const { id } = await register(app, { endpointUrl: 'http://127.0.0.1:9/mcp', autoDiscover: false });
    expectProblem(await put(id, credentials), status, code);
    expect(await stored(id)).toEqual([]);
    const before = await sql.counts();
    const refused = { name: `refused-${code}`, endpointUrl: 'http://127.0.0.1:9/mcp', credentials };
    expectProblem(await app.request('POST', SERVERS, refused), status, code);
    expect(await sql.counts()).toEqual(before);
  });

  it('for a server that is not there', async () => {
    const path = `${SERVERS}/0198c0de-0000-7000-8000-000000000001/credentials`;
    expectProblem(await app.request('PUT', path, tokenCredential), 404, 'servers.not_found');
    expectProblem(await app.request('DELETE', path), 404, 'servers.not_found');
  });
});

describe('the headers that are kept in memory', () => {
  it('are a plain value once known, and follow changes on every replica', async () => {
    const replica = await startTestApp({ urls: app.urls });
    try {
      const url = 'http://127.0.0.1:9/mcp';
      const { id } = await register(app, { endpointUrl: url, autoDiscover: false });
      const known = [app, replica].map((one) => one.app.get(UpstreamCredentials));
      for (const credentials of known) {
        expect(await credentials.headersFor({ id, url })).toBeUndefined();
        expect(credentials.headersFor({ id, url })).toBeUndefined();
      }
      await put(id, { kind: 'bearer', token: 'one' });
      for (const credentials of known) {
        await eventually(async () => {
          expect(await credentials.headersFor({ id, url })).toEqual({ authorization: 'Bearer one' });
        });
        expect(credentials.headersFor({ id, url })).toEqual({ authorization: 'Bearer one' });
        expect(credentials.headersFor({ id, url: 'http://127.0.0.1:10/mcp' })).toBeUndefined();
      }
      await app.request('DELETE', `${SERVERS}/${id}/credentials`);
      for (const credentials of known) {
        await eventually(async () => {
          expect(await credentials.headersFor({ id, url })).toBeUndefined();
        });
      }
    } finally {
      await replica.close();
    }
  });
});
