import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { allPages, expectProblem, getServer, register, SERVERS } from '../support/registry.js';
import { ECHO_TOOL } from '../support/upstreams/content.js';
import { closeStarted, started } from '../support/upstreams/probing.js';
import { startSse } from '../support/upstreams/sse.js';
import { startSwitchable } from '../support/upstreams/switchable.js';

const nowhere = 'http://127.0.0.1:9/mcp';
const names = (items: readonly { readonly name: string }[]): string[] => items.map(({ name }) => name);

describe('lists', () => {
  let app: TestApp;
  /** Of the server with many children. */
  let id: string;

  beforeAll(async () => {
    app = await startTestApp();
    const tools = Array.from({ length: 7 }, (_item, i) => ({ ...ECHO_TOOL, name: `tool-${i}` }));
    const prompts = Array.from({ length: 7 }, (_item, i) => ({ name: `prompt-${i}` }));
    const resources = Array.from({ length: 7 }, (_item, i) => ({ uri: `test://${i}`, name: `resource-${i}` }));
    const content = { tools, prompts, resources, resourceTemplates: [] };
    const alpha = await started(startSwitchable({ content }));
    const sse = await started(startSse());
    ({ id } = await register(app, { name: 'alpha', endpointUrl: alpha.url, tags: ['x', 'y'], title: 'The First' }));
    await register(app, { name: 'beta', endpointUrl: sse.url, transportType: 'sse', tags: ['x'] });
    await register(app, { name: 'gamma', endpointUrl: nowhere, description: '100% off_beat\\path' });
    for (let i = 0; i < 5; i += 1) {
      await register(app, { name: `delta-${i}`, endpointUrl: nowhere, autoDiscover: false });
    }
  });
  afterAll(async () => {
    await app.close();
    await closeStarted();
  });

  it.each([
    ['', ['delta-4', 'delta-3', 'delta-2', 'delta-1', 'delta-0', 'gamma', 'beta', 'alpha']],
    ['?status=healthy', ['beta', 'alpha']],
    ['?status=unhealthy', ['gamma']],
    ['?status=unknown&q=delta-1', ['delta-1']],
    ['?status=maintenance', []],
    ['?transportType=sse', ['beta']],
    ['?transportType=stdio', []],
    ['?tags=x', ['beta', 'alpha']],
    ['?tags=x,y', ['alpha']],
    ['?tags=x&tags=y', ['alpha']],
    ['?tags=x,nothing', []],
    ['?tags=%20,', ['delta-4', 'delta-3', 'delta-2', 'delta-1', 'delta-0', 'gamma', 'beta', 'alpha']],
    ['?q=FIRST', ['alpha']],
    ['?q=100%25', ['gamma']],
    ['?q=off_', ['gamma']],
    ['?q=beat%5Cpath', ['gamma']],
    ['?q=e%25a', []],
    ["?q='%20OR%201=1--", []],
    ['?limit=2', ['delta-4', 'delta-3']],
  ])('servers%s', async (query, expected) => {
    const { status, body } = await app.request('GET', SERVERS + query);
    expect(status).toBe(200);
    expect(names(body.items)).toEqual(expected);
  });

  it.each([1, 3, 8, 100])('servers in pages of %i', async (limit) => {
    const servers = await allPages(app, `${SERVERS}?limit=${limit}`);
    expect(servers).toHaveLength(8);
    expect(new Set(names(servers)).size).toBe(8);
    const filtered = await allPages(app, `${SERVERS}?limit=${limit}&q=delta`);
    expect(names(filtered)).toEqual(['delta-4', 'delta-3', 'delta-2', 'delta-1', 'delta-0']);
  });

  it('goes on behind the same entry, whatever was registered or deleted meanwhile', async () => {
    const first = await app.request('GET', `${SERVERS}?q=delta&limit=2`);
    const late = await register(app, { name: 'delta-late', endpointUrl: nowhere, autoDiscover: false });
    const last = first.body.items.at(-1).id;
    const victim = await register(app, { name: 'victim', endpointUrl: nowhere, autoDiscover: false });
    await app.request('DELETE', `${SERVERS}/${victim.id}`);
    const next = `${SERVERS}?q=delta&limit=2&cursor=${first.body.nextCursor}`;
    expect(names((await app.request('GET', next)).body.items)).toEqual(['delta-2', 'delta-1']);
    expect((await getServer(app, last)).id).toBe(last);
    await app.request('DELETE', `${SERVERS}/${late.id}`);
  });

  it.each([
    ['tools', 'tool'],
    ['resources', 'resource'],
    ['prompts', 'prompt'],
  ])('%s of a server, in pages', async (kind, prefix) => {
    const items = await allPages(app, `${SERVERS}/${id}/${kind}?limit=3`);
    expect(names(items).toSorted()).toEqual(Array.from({ length: 7 }, (_item, i) => `${prefix}-${i}`));
    expect(items.every(({ active }) => active)).toBe(true);
    expect(items[0].definitionHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['tools', ['tools']],
    ['tools,resources,prompts', ['tools', 'resources', 'prompts']],
    ['prompts&include=tools', ['tools', 'prompts']],
  ])('includes %s', async (include, kinds) => {
    const { body } = await app.request('GET', `${SERVERS}?q=alpha&include=${include}`);
    const [server] = body.items;
    for (const kind of ['tools', 'resources', 'prompts']) {
      if (kinds.includes(kind)) expect(server[kind]).toHaveLength(7);
      else expect(server).not.toHaveProperty(kind);
    }
  });

  it('refuses cursors that are not of this list', async () => {
    const ofList = async (path: string): Promise<string> => (await app.request('GET', path)).body.nextCursor;
    const servers = await ofList(`${SERVERS}?limit=2`);
    const tools = await ofList(`${SERVERS}/${id}/tools?limit=2`);
    const flipped = `${servers.startsWith('A') ? 'B' : 'A'}${servers.slice(1)}`;
    const cases: [string, string][] = [
      [SERVERS, 'nonsense'],
      [SERVERS, ''],
      [SERVERS, 'A'.repeat(200)],
      [SERVERS, flipped],
      [SERVERS, servers.slice(0, -4)],
      [SERVERS, tools],
      [`${SERVERS}/${id}/tools`, servers],
      [`${SERVERS}/${id}/prompts`, tools],
      [`${SERVERS}/${id}/health`, tools],
    ];
    for (const [path, cursor] of cases) {
      expectProblem(await app.request('GET', `${path}?cursor=${cursor}`), 400, 'request.invalid_cursor');
    }
    const filtered = await app.request('GET', `${SERVERS}?q=delta&cursor=${servers}`);
    expectProblem(filtered, 400, 'request.invalid_cursor');
    expect(filtered.body.detail).toContain('other filters');
  });
});
