import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/kernel/role.js';
import { bearer, type KeysApp, startKeysApp } from '../support/keys.js';
import { register } from '../support/registry.js';
import { startLegacyStateless } from '../support/upstreams/legacy.js';
import type { Upstream } from '../support/upstreams/listen.js';

/** From the contract: the least role, `public`, or `operator`. */
type Who = Role | 'public' | 'operator';

const WHO: Readonly<Record<string, Who>> = {
  getHealth: 'public',
  getLiveness: 'public',
  getReadiness: 'public',
  getProtectedResource: 'public',
  getProtectedMcpResource: 'public',
  // Its own token guards it.
  getMetrics: 'public',
  whoAmI: 'readonly',
  revokeToken: 'admin',
  getAuthStatistics: 'readonly',
  listAuditEvents: 'readonly',
  getAuditStats: 'readonly',
  exportAuditEvents: 'readonly',
  verifyAudit: 'operator',
  issueApiKey: 'admin',
  listApiKeys: 'admin',
  rotateApiKey: 'admin',
  revokeApiKey: 'admin',
  registerServer: 'server_owner',
  listServers: 'readonly',
  getServer: 'readonly',
  changeServer: 'server_owner',
  deleteServer: 'server_owner',
  probeServer: 'server_owner',
  listServerTools: 'readonly',
  listServerResources: 'readonly',
  listServerPrompts: 'readonly',
  getServerHealth: 'readonly',
  setServerCredentials: 'server_owner',
  deleteServerCredentials: 'server_owner',
  discoverTools: 'readonly',
  discoverResources: 'readonly',
  discoverPrompts: 'readonly',
  discoverServers: 'readonly',
  callTool: 'user',
  getRouterMetrics: 'readonly',
  getMonitoringSummary: 'readonly',
  listPerformanceAlerts: 'readonly',
};

const CALLERS = ['nobody', 'readonly', 'user', 'service', 'server_owner', 'admin', 'operator'] as const;
type CallerName = (typeof CALLERS)[number];
const STEP: Readonly<Record<CallerName | Role | 'public', number>> = {
  public: -1,
  nobody: -1,
  readonly: 0,
  user: 1,
  service: 1,
  server_owner: 2,
  admin: 3,
  operator: 4,
};

interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
}

let app: KeysApp;
let upstream: Upstream;
let operations: readonly Operation[];
const keys = new Map<CallerName, string>();

beforeAll(async () => {
  [app, upstream] = await Promise.all([startKeysApp(), startLegacyStateless()]);
  keys.set('operator', app.adminKey);
  for (const role of ['readonly', 'user', 'service', 'server_owner', 'admin'] as const) {
    keys.set(role, (await app.issue([role])).key);
  }
  const { body } = await app.request('GET', '/docs-json');
  operations = Object.entries(body.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => ({ operationId, method: method.toUpperCase(), path })),
  );
});
afterAll(async () => {
  await app.close();
  await upstream.close();
});

const headersOf = (caller: CallerName): Record<string, string> => {
  const key = keys.get(caller);
  return key === undefined ? {} : bearer(key);
};

async function statusOf({ method, path }: Operation, caller: CallerName): Promise<number> {
  // Of nobody's: what is allowed is then 400 or 404, and changes nothing.
  const at = path.replace('{id}', '019aa8f0-0000-7000-8000-000000000000');
  const body = method === 'GET' || method === 'DELETE' ? undefined : {};
  return (await app.request(method, at, body, headersOf(caller))).status;
}

describe('every route', () => {
  it('says who may use it, and the contract says the same', () => {
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(Object.keys(WHO).toSorted());
  });

  it.each(CALLERS)('lets %s do what the contract says, and nothing else', async (caller) => {
    const wrong: string[] = [];
    for (const operation of operations) {
      const who = WHO[operation.operationId] ?? 'operator';
      const status = await statusOf(operation, caller);
      const allowed = who === 'public' || (caller !== 'nobody' && STEP[caller] >= STEP[who]);
      const refused = caller === 'nobody' ? 401 : 403;
      const right = allowed ? status !== 401 && status !== 403 && status < 500 : status === refused;
      if (!right) wrong.push(`${operation.operationId}: ${String(status)}, allowed: ${String(allowed)}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each(CALLERS)('lets %s on /mcp as the contract says', async (caller) => {
    const ping = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    for (const path of ['/mcp', '/mcp/servers/nothing']) {
      const { status } = await app.request('POST', path, ping, headersOf(caller));
      const expected = caller === 'nobody' ? 401 : STEP[caller] < STEP.user ? 403 : path === '/mcp' ? 400 : 404;
      expect([path, status]).toEqual([path, expected]);
    }
  });
});

describe('a server', () => {
  const changes: readonly (readonly [string, string, unknown])[] = [
    ['PATCH', '', { title: 'New' }],
    ['POST', '/probe', undefined],
    ['PUT', '/credentials', { kind: 'bearer', token: 'correct-horse-battery-staple' }],
    ['DELETE', '/credentials', undefined],
    ['DELETE', '', undefined],
  ];

  it.each(changes)('%s %s is for its owner and the administrators of its tenant', async (method, path, body) => {
    const owner = await app.issue(['server_owner']);
    const elsewhere = await app.issue(['admin'], { tenantId: 'elsewhere' });
    const as = (key: string) => ({
      request: (verb: string, at: string, given?: unknown) => app.request(verb, at, given, bearer(key)),
    });
    const { id } = await register(as(owner.key), { endpointUrl: upstream.url });
    const at = `/api/v1/servers/${id}`;
    if (path === '/credentials') await app.request('PUT', `${at}/credentials`, changes[2]?.[2], bearer(owner.key));
    expect((await app.request(method, at + path, body, headersOf('server_owner'))).status).toBe(403);
    // What another tenant has is not there.
    expect((await app.request(method, at + path, body, bearer(elsewhere.key))).status).toBe(404);
    expect((await app.request('GET', at, undefined, bearer(elsewhere.key))).status).toBe(404);
    const { status } = await app.request(method, at + path, body, bearer(owner.key));
    expect([200, 204]).toContain(status);
    const again = await register(as(owner.key), { endpointUrl: upstream.url });
    const other = `/api/v1/servers/${again.id}`;
    if (path === '/credentials') await app.request('PUT', `${other}/credentials`, changes[2]?.[2], bearer(owner.key));
    const byAdmin = await app.request(method, other + path, body, headersOf('admin'));
    expect([200, 204]).toContain(byAdmin.status);
  });

  it('is given to somebody else by an administrator, and shared by an operator', async () => {
    const owner = await app.issue(['server_owner']);
    const { id } = await register(
      { request: (method, path, body) => app.request(method, path, body, bearer(owner.key)) },
      { endpointUrl: upstream.url },
    );
    const patch = (key: Record<string, string>, body: object) =>
      app.request('PATCH', `/api/v1/servers/${id}`, body, key);
    expect((await patch(bearer(owner.key), { owner: 'key:somebody' })).status).toBe(403);
    expect((await patch(headersOf('admin'), { shared: true })).status).toBe(403);
    expect((await patch(headersOf('admin'), { owner: 'key:somebody' })).body).toMatchObject({ owner: 'key:somebody' });
    expect((await patch(bearer(owner.key), { title: 'mine?' })).status).toBe(403);
    const elsewhere = await app.issue(['readonly'], { tenantId: 'elsewhere' });
    expect((await patch(headersOf('operator'), { shared: true })).status).toBe(200);
    expect((await app.request('GET', `/api/v1/servers/${id}`, undefined, bearer(elsewhere.key))).status).toBe(200);
  });
});

describe('the audit', () => {
  it('shows administrators their tenant, and everybody else what they did themselves', async () => {
    const { items: all } = (await app.request('GET', '/api/v1/audit/events', undefined, headersOf('admin'))).body;
    expect(all.length).toBeGreaterThan(0);
    const owner = await app.issue(['server_owner']);
    await register(
      { request: (method, path, body) => app.request(method, path, body, bearer(owner.key)) },
      { endpointUrl: upstream.url },
    );
    await expect
      .poll(async () => {
        const { items } = (await app.request('GET', '/api/v1/audit/events', undefined, bearer(owner.key))).body;
        return items.map(({ action }: { action: string }) => action);
      })
      .toEqual(['servers.register']);
  });
});
