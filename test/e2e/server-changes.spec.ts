import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { expectProblem, getServer, register, SERVERS } from '../support/registry.js';
import { Sql } from '../support/sql.js';
import { ECHO_TOOL } from '../support/upstreams/content.js';
import { closeStarted, started } from '../support/upstreams/probing.js';
import { startSwitchable } from '../support/upstreams/switchable.js';

let app: TestApp;
let sql: Sql;

beforeAll(async () => {
  app = await startTestApp();
  sql = new Sql(app.urls.ownerUrl);
});
afterEach(closeStarted);
afterAll(async () => {
  await sql.close();
  await app.close();
});

const nowhere = 'http://127.0.0.1:9/mcp';
const patch = (id: string, body: unknown) => app.request('PATCH', `${SERVERS}/${id}`, body);
const activeTools = async (id: string): Promise<boolean[]> =>
  (await app.request('GET', `${SERVERS}/${id}/tools`)).body.items.map((tool: { active: boolean }) => tool.active);

describe('changing a server', () => {
  const given = { title: 'T', description: 'D', tags: ['t'], settings: { timeoutMs: 1000, weight: 2 } };

  it.each([
    ['what is not given stays', { tags: ['u', 'u'] }, { ...given, tags: ['u'] }],
    ['null clears', { title: null, description: null }, { ...given, title: null, description: null }],
    [
      'settings are merged',
      { settings: { weight: 9, maxInFlight: 4 } },
      {
        ...given,
        settings: { timeoutMs: 1000, weight: 9, maxInFlight: 4 },
      },
    ],
    ['an empty list clears', { tags: [] }, { ...given, tags: [] }],
    [
      'words',
      { visibility: 'restricted', lifecycle: 'deprecated' },
      { visibility: 'restricted', lifecycle: 'deprecated' },
    ],
    ['the owner', { owner: 'somebody-else' }, { owner: 'somebody-else' }],
    ['sharing', { shared: true }, { shared: true }],
  ])('%s', async (_what, changes, expected) => {
    const server = await register(app, { ...given, endpointUrl: nowhere, autoDiscover: false });
    const changed = await patch(server.id, changes);
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject(expected);
    expect(changed.body.updatedAt >= server.updatedAt).toBe(true);
    expect(await getServer(app, server.id)).toEqual(changed.body);
  });

  it.each([
    ['an unsupported transport', { transportType: 'stdio' }, 422, 'servers.unsupported_transport'],
    ['a refused address', { endpointUrl: 'http://169.254.169.254/', title: 'X' }, 422, 'egress.denied'],
    ['a status that nobody sets by hand', { status: 'healthy' }, 400, 'request.invalid'],
    ['a lifecycle that DELETE sets', { lifecycle: 'deleted' }, 400, 'request.invalid'],
    ['null where nothing is cleared', { tags: null }, 400, 'request.invalid'],
    ['a name, which never changes', { name: 'other' }, 400, 'request.invalid'],
    ['nothing', {}, 400, 'request.invalid'],
  ])('%s changes nothing', async (_what, changes, status, code) => {
    const server = await register(app, { ...given, endpointUrl: nowhere, autoDiscover: false });
    const before = await getServer(app, server.id);
    expectProblem(await patch(server.id, changes), status, code);
    expect(await getServer(app, server.id)).toEqual(before);
  });

  it('maintenance hides its tools and is left alone; unknown ends it', async () => {
    const upstream = await started(startSwitchable());
    const { id } = await register(app, { endpointUrl: upstream.url });
    expect((await patch(id, { status: 'maintenance' })).body.status).toBe('maintenance');
    expect(await activeTools(id)).toEqual([false, false]);
    const probed = await app.request('POST', `${SERVERS}/${id}/probe`);
    expect(probed.body).toMatchObject({ status: 'maintenance', sync: { tools: { total: 2 } } });
    expect(await activeTools(id)).toEqual([false, false]);
    expect((await patch(id, { status: 'unknown' })).body.status).toBe('unknown');
    expect((await app.request('POST', `${SERVERS}/${id}/probe`)).body.status).toBe('healthy');
    expect(await activeTools(id)).toEqual([true, true]);
  });

  it('a server that moves is read at its new address', async () => {
    const old = await started(startSwitchable());
    const next = await started(
      startSwitchable({ eras: 'legacy', content: { tools: [{ ...ECHO_TOOL, name: 'new' }] } }),
    );
    const { id } = await register(app, { endpointUrl: old.url });
    const moved = await patch(id, { endpointUrl: next.url });
    expect(moved.body).toMatchObject({ endpointUrl: next.url, status: 'healthy', eras: { legacy: ['2025-11-25'] } });
    expect(moved.body.eras.modern).toBeUndefined();
    const tools = await app.request('GET', `${SERVERS}/${id}/tools`);
    expect(tools.body.items).toMatchObject([{ name: 'new', active: true }]);
  });

  it('a server that moves to where nothing answers offers nothing', async () => {
    const old = await started(startSwitchable());
    const { id } = await register(app, { endpointUrl: old.url });
    const moved = await patch(id, { endpointUrl: nowhere });
    expect(moved.body).toMatchObject({ status: 'unhealthy', eras: {}, lastSyncedAt: null });
    expect(await activeTools(id)).toEqual([false, false]);
  });

  it('finds its tools by its new title', async () => {
    const upstream = await started(startSwitchable());
    const { id } = await register(app, { endpointUrl: upstream.url });
    await patch(id, { title: 'Zanzibar' });
    const [row] = await sql.rows<{ found: number }>(
      `SELECT count(*)::int AS found FROM tool_search s JOIN server_tools t ON t.id = s.tool_id
       WHERE t.server_id = $1 AND s.vector @@ to_tsquery('english', 'zanzibar')`,
      [id],
    );
    expect(row?.found).toBe(2);
  });
});

describe('probing a server', () => {
  it('counts what it added, changed and removed', async () => {
    const upstream = await started(startSwitchable());
    const { id } = await register(app, { endpointUrl: upstream.url });
    upstream.content.tools = [
      { ...ECHO_TOOL, description: 'Another' },
      { ...ECHO_TOOL, name: 'third' },
    ];
    upstream.content.prompts = [];
    const { status, body } = await app.request('POST', `${SERVERS}/${id}/probe`);
    expect(status).toBe(200);
    expect(body.sync).toEqual({
      tools: { added: 1, changed: 1, removed: 1, total: 2 },
      resources: { added: 0, changed: 0, removed: 0, total: 2 },
      prompts: { added: 0, changed: 0, removed: 1, total: 0 },
      problems: [],
    });
    const again = await app.request('POST', `${SERVERS}/${id}/probe`);
    expect(again.body.sync.tools).toEqual({ added: 0, changed: 0, removed: 0, total: 2 });
  });

  it('one failure degrades, the next is unhealthy, one success heals', async () => {
    const upstream = await started(startSwitchable());
    const { id } = await register(app, { endpointUrl: upstream.url });
    const seen: [string, boolean[]][] = [];
    for (const condition of ['down', 'down', 'up'] as const) {
      upstream.condition = condition;
      const { body } = await app.request('POST', `${SERVERS}/${id}/probe`);
      expect(body.lastError === null).toBe(condition === 'up');
      seen.push([body.status, await activeTools(id)]);
    }
    expect(seen).toEqual([
      ['degraded', [true, true]],
      ['unhealthy', [false, false]],
      ['healthy', [true, true]],
    ]);
    const history = await app.request('GET', `${SERVERS}/${id}/health?limit=2`);
    expect(history.body.items).toMatchObject([{ status: 'healthy' }, { status: 'unhealthy' }]);
    const older = await app.request('GET', `${SERVERS}/${id}/health?limit=2&cursor=${history.body.nextCursor}`);
    expect(older.body.items).toMatchObject([{ status: 'degraded' }, { status: 'healthy' }]);
    expect(older.body.nextCursor).toBeNull();
  });

  it('keeps a template with a URI of its own apart, however long that is', async () => {
    const uri = `test://${'x'.repeat(5000)}`;
    const resources = [{ uri: 'test://a', name: 'a', uriTemplate: uri }];
    const resourceTemplates = [{ uriTemplate: 'test://{a}', name: 'a', uri: 'test://a' }];
    const upstream = await started(startSwitchable({ content: { resources, resourceTemplates } }));
    const server = await register(app, { endpointUrl: upstream.url });
    expect(server.sync.resources).toMatchObject({ added: 2 });
  });
});

describe('deleting a server', () => {
  it('takes its children and leaves a tombstone', async () => {
    const upstream = await started(startSwitchable());
    const server = await register(app, { endpointUrl: upstream.url, name: 'short-lived' });
    const deleted = await app.request('DELETE', `${SERVERS}/${server.id}`);
    expect([deleted.status, deleted.body]).toEqual([204, '']);
    const requests: [string, string][] = [
      ['GET', ''],
      ['DELETE', ''],
      ['PATCH', ''],
      ['POST', '/probe'],
      ['GET', '/tools'],
      ['GET', '/resources'],
      ['GET', '/prompts'],
      ['GET', '/health'],
    ];
    for (const [method, path] of requests) {
      const body = method === 'PATCH' ? { title: 'X' } : undefined;
      const response = await app.request(method, `${SERVERS}/${server.id}${path}`, body);
      expectProblem(response, 404, 'servers.not_found');
    }
    for (const table of ['server_tools', 'server_resources', 'server_prompts', 'server_health']) {
      expect(await sql.rows(`SELECT 1 FROM ${table} WHERE server_id = $1`, [server.id])).toEqual([]);
    }
    const tombstones = await sql.rows(
      'SELECT lifecycle, is_latest, deleted_at IS NOT NULL AS dated, updated_at = deleted_at AS updated FROM mcp_servers WHERE id = $1',
      [server.id],
    );
    expect(tombstones).toEqual([{ lifecycle: 'deleted', is_latest: false, dated: true, updated: true }]);
    const again = await register(app, { endpointUrl: upstream.url, name: 'short-lived' });
    expect(again).toMatchObject({ alias: 'short-lived', isLatest: true, sync: { tools: { added: 2 } } });
  });
});
