import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { bearer, type KeysApp, madeUpKey, startKeysApp } from '../support/keys.js';
import { SettableClock } from '../support/settable-clock.js';

const KEYS = '/api/v1/api-keys';
const ME = '/api/v1/auth/me';
const TOKEN = 'a token for metrics';
const clock = new SettableClock();
let app: KeysApp;
let other: KeysApp;
beforeAll(async () => {
  app = await startKeysApp({ clock, environment: { METRICS_TOKEN: TOKEN } });
  other = await startKeysApp({
    urls: app.urls,
    adminKey: app.adminKey,
    clock,
    environment: { METRICS_TOKEN: TOKEN },
  });
});
afterAll(async () => {
  await other.close();
  await app.close();
});

const statusWith = async (on: KeysApp, key: string): Promise<number> =>
  (await on.request('GET', ME, undefined, bearer(key))).status;

describe('AUTH_MODE=keys', () => {
  it('asks for a key, and says where a client learns how to get in', async () => {
    const refused = await app.request('GET', ME);
    expect(refused).toMatchObject({ status: 401, body: { code: 'auth.missing' } });
    expect(refused.headers.get('www-authenticate')).toBe(
      `Bearer resource_metadata="${app.url}/.well-known/oauth-protected-resource"`,
    );
    const mcp = await app.request('POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'ping' });
    expect(mcp.status).toBe(401);
    expect(mcp.headers.get('www-authenticate')).toContain('/.well-known/oauth-protected-resource/mcp"');
    const metadata = await app.request('GET', '/.well-known/oauth-protected-resource/mcp');
    expect(metadata).toMatchObject({ status: 200, body: { resource: `${app.url}/mcp` } });
  });

  it('takes the first administrator in both ways, who is an operator', async () => {
    const me = { kind: 'api_key', tenantId: 'local', roles: ['admin'], operator: true };
    for (const headers of [bearer(app.adminKey), { 'x-api-key': app.adminKey }]) {
      expect(await app.request('GET', ME, undefined, headers)).toMatchObject({ status: 200, body: me });
    }
  });

  it.each([
    ['no scheme', { authorization: 'nothing' }],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['nothing behind the scheme', { authorization: 'Bearer ' }],
    ['two credentials', { authorization: 'Bearer a b' }],
    ['a token', { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }],
    ['a key that nobody has', bearer(madeUpKey())],
    ['a key without a secret', bearer('mrg_aaaaaaaaaaaa_')],
    ['the first key with another secret', { wrongSecret: 'yes' }],
    ['an empty key', { 'x-api-key': '' }],
    ['a key that is far too long', bearer(`mrg_aaaaaaaaaaaa_${'a'.repeat(4000)}`)],
  ])('refuses %s with 401', async (_what, headers) => {
    const given = 'wrongSecret' in headers ? bearer(`${app.adminKey.slice(0, 17)}${madeUpKey().slice(17)}`) : headers;
    const answer = await app.request('GET', ME, undefined, given);
    expect(answer.status).toBe(401);
    expect(answer.body.code).toMatch(/^auth\./);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer ');
  });

  it('does not tell keys apart that are not good, and shows a secret once', async () => {
    const { id, key } = await app.issue(['user']);
    await app.request('DELETE', `${KEYS}/${id}`, undefined, bearer(app.adminKey));
    const bodies = await Promise.all(
      [key, madeUpKey()].map(async (bad) => (await app.request('GET', ME, undefined, bearer(bad))).body),
    );
    const [revoked, unknown] = bodies.map(({ correlationId: _id, ...rest }) => rest);
    expect(revoked).toEqual(unknown);
    const list = await app.request('GET', KEYS, undefined, bearer(app.adminKey));
    expect(JSON.stringify(list.body)).not.toContain(key.split('_')[2]);
    expect(list.body.items.find((item: { id: string }) => item.id === id).revokedAt).not.toBeNull();
  });

  it('lets nobody make a key of more than they have', async () => {
    const { key } = await app.issue(['admin']);
    const make = (body: object) => app.request('POST', KEYS, { name: 'x', roles: ['user'], ...body }, bearer(key));
    expect((await make({})).status).toBe(201);
    expect((await make({ operator: true })).status).toBe(403);
    expect((await make({ tenantId: 'elsewhere' })).status).toBe(403);
    const user = await app.issue(['user']);
    const refused = await app.request('POST', KEYS, { name: 'x', roles: ['user'] }, bearer(user.key));
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="admin"');
  });

  it('keeps tenants apart', async () => {
    const { key } = await app.issue(['admin'], { tenantId: 'elsewhere' });
    const mine = await app.request('POST', KEYS, { name: 'mine', roles: ['user'] }, bearer(key));
    const { items } = (await app.request('GET', KEYS, undefined, bearer(key))).body;
    expect(new Set(items.map(({ tenantId }: { tenantId: string }) => tenantId))).toEqual(new Set(['elsewhere']));
    const local = await app.issue(['user']);
    expect((await app.request('DELETE', `${KEYS}/${local.id}`, undefined, bearer(key))).status).toBe(404);
    expect((await app.request('DELETE', `${KEYS}/${mine.body.id}`, undefined, bearer(key))).status).toBe(204);
  });

  it('revokes on every replica, before anybody looks the key up again', async () => {
    const { id, key } = await app.issue(['user']);
    for (const on of [app, other]) expect(await statusWith(on, key)).toBe(200);
    await app.request('DELETE', `${KEYS}/${id}`, undefined, bearer(app.adminKey));
    expect(await statusWith(app, key)).toBe(401);
    await eventually(async () => expect(await statusWith(other, key)).toBe(401));
    expect((await app.request('DELETE', `${KEYS}/${id}`, undefined, bearer(app.adminKey))).status).toBe(404);
  });

  it('rotates with an overlap, and ends keys at their time', async () => {
    const expiresAt = new Date(clock.nowMs() + 7_200_000).toISOString();
    const { id, key } = await app.issue(['user'], { expiresAt });
    const rotated = await app.request('POST', `${KEYS}/${id}/rotate`, { overlapSeconds: 3600 }, bearer(app.adminKey));
    for (const good of [key, rotated.body.key]) expect(await statusWith(app, good)).toBe(200);
    clock.advance(3_601_000);
    expect(await statusWith(app, key)).toBe(401);
    expect(await statusWith(app, rotated.body.key)).toBe(200);
    clock.advance(3_600_000);
    expect(await statusWith(app, rotated.body.key)).toBe(401);
  });

  it('puts who is not let in on record, once a minute for each address and reason', async () => {
    const code = 'auth.invalid_token';
    const events = async (): Promise<{ errorCode: string }[]> => {
      const { body } = await app.request(
        'GET',
        '/api/v1/audit/events?action=auth.refused',
        undefined,
        bearer(app.adminKey),
      );
      return body.items.filter(({ errorCode }: { errorCode: string }) => errorCode === code);
    };
    const before = (await events()).length;
    // At this replica nobody came with a token so far.
    for (let i = 0; i < 5; i += 1) expect(await statusWith(other, 'eyJhbGciOiJub25lIn0.e30.')).toBe(401);
    await eventually(async () => expect(await events()).toHaveLength(before + 1));
    expect((await events())[0]).toMatchObject({ userId: 'anonymous', clientIp: '127.0.0.1', success: false });
    const { body } = await other.request('GET', '/metrics', undefined, bearer(TOKEN));
    expect(body).toMatch(/^mcp_auth_refusals_total\{code="auth.invalid_token"\} 5$/m);
  });

  it('lets an MCP client in by its key', async () => {
    const { key } = await app.issue(['user']);
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${app.url}/mcp`), { requestInit: { headers: bearer(key) } }),
    );
    expect((await client.listTools()).tools).toEqual([]);
    await client.close();
  });

  it('refuses a key that may only read on /mcp', async () => {
    const { key } = await app.issue(['readonly']);
    const answer = await app.request('POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'ping' }, bearer(key));
    expect(answer.status).toBe(403);
  });
});

describe('the first administrator without BOOTSTRAP_ADMIN_KEY', () => {
  it('has a key in a file that nobody else may read, once', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'mrg-first-key-'));
    const environment = {
      AUTH_MODE: 'keys',
      SECRETS_KEY: 'k'.repeat(32),
      DATA_DIR: dataDir,
      ALLOWED_HOSTS: '127.0.0.1',
    };
    const first = await startTestApp({ environment });
    const file = path.join(dataDir, 'admin-key');
    const key = (await readFile(file, 'utf8')).trim();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await first.request('GET', ME, undefined, bearer(key))).body).toMatchObject({ operator: true });
    await rm(file);
    const again = await startTestApp({
      environment: { ...environment, DATA_DIR: `${dataDir}/again` },
      urls: first.urls,
    });
    await expect(stat(path.join(dataDir, 'again', 'admin-key'))).rejects.toThrow('ENOENT');
    await again.close();
    await first.close();
    await rm(dataDir, { recursive: true, force: true });
  });
});
