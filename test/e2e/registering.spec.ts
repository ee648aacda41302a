import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { freePort } from '../support/ports.js';
import { expectProblem, getServer, register, SERVERS, uniqueName } from '../support/registry.js';
import { Sql } from '../support/sql.js';
import { startLegacyStateful, startLegacyStateless } from '../support/upstreams/legacy.js';
import { startDualEra, startModernOnly } from '../support/upstreams/modern.js';
import { closeStarted, started } from '../support/upstreams/probing.js';
import { startSse } from '../support/upstreams/sse.js';

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

const portOf = (url: string): string => new URL(url).port || '5432';

describe('registering a server that answers', () => {
  it.each([
    ['modern only', startModernOnly, 'streamable-http', { modern: '2026-07-28' }],
    ['both eras', startDualEra, 'streamable-http', { modern: '2026-07-28', legacy: ['2025-11-25'] }],
    ['legacy with sessions', startLegacyStateful, 'streamable-http', { legacy: ['2025-11-25'] }],
    ['legacy without sessions', startLegacyStateless, 'streamable-http', { legacy: ['2025-11-25'] }],
    ['the old HTTP+SSE', startSse, 'sse', { legacy: ['2025-11-25'] }],
  ] as const)('%s', async (_what, start, transportType, eras) => {
    const upstream = await started<{ url: string; close(): Promise<void> }>(start());
    const server = await register(app, { endpointUrl: upstream.url, transportType, tags: ['a', 'b', 'a'] });
    expect(server).toMatchObject({
      endpointUrl: upstream.url,
      transportType,
      eras,
      status: 'healthy',
      lifecycle: 'active',
      version: '1.0.0',
      upstreamVersion: '1.2.3',
      instructions: 'Echo and add.',
      isLatest: true,
      lastError: null,
      title: null,
      description: null,
      tags: ['a', 'b'],
      settings: {},
      visibility: 'tenant',
      source: 'rest',
      owner: 'local-admin',
      sync: {
        tools: { added: 2, changed: 0, removed: 0, total: 2 },
        resources: { added: 2, changed: 0, removed: 0, total: 2 },
        prompts: { added: 1, changed: 0, removed: 0, total: 1 },
        problems: [],
      },
    });
    const { sync: _sync, ...stored } = server;
    expect(await getServer(app, server.id)).toEqual(stored);
  });

  it('with everything given', async () => {
    const upstream = await started(startDualEra());
    const given = {
      name: 'io.github.acme/Weather',
      version: '2.1.0-beta.1',
      title: 'Weather 🌦️',
      description: 'It\'s "quoted"; DROP TABLE mcp_servers; --',
      alias: 'wet',
      visibility: 'restricted',
      settings: { timeoutMs: 5000, maxInFlight: 3, weight: 7 },
    };
    expect(await register(app, { ...given, endpointUrl: upstream.url })).toMatchObject(given);
  });

  it('without looking at it, when asked not to', async () => {
    const port = await freePort();
    const server = await register(app, { endpointUrl: `http://127.0.0.1:${port}/mcp`, autoDiscover: false });
    expect(server).toMatchObject({ status: 'unknown', lastError: null, lastCheckedAt: null, sync: null });
  });
});

describe('registering a server that does not answer', () => {
  it.each([
    ['nothing listens', async () => `http://127.0.0.1:${await freePort()}/mcp`, /ECONNREFUSED/],
    [
      'its name does not resolve',
      () => 'http://no-such-server.invalid/mcp',
      /no-such-server\.invalid does not resolve/,
    ],
  ])('%s: it is stored as unhealthy', async (_what, url, why) => {
    const server = await register(app, { endpointUrl: await url() });
    expect(server).toMatchObject({ status: 'unhealthy', lastError: expect.stringMatching(why), sync: null });
    const { body } = await app.request('GET', `${SERVERS}/${server.id}/health`);
    expect(body.current).toMatchObject({ status: 'unhealthy', consecutiveFailures: 1, lastError: server.lastError });
    expect(body.items).toMatchObject([{ status: 'unhealthy', error: server.lastError }]);
  });
});

describe('a registration that is refused stores nothing', () => {
  const own = 'our own listener, PostgreSQL or Redis';
  it.each<[string, () => string, string]>([
    ['cloud metadata', () => 'http://169.254.169.254/latest', 'cloud metadata'],
    ['link-local', () => 'http://169.254.7.7:8080/mcp', 'link-local'],
    ['link-local, IPv6', () => 'http://[fe80::1]/mcp', 'link-local'],
    ["Azure's metadata address", () => 'http://168.63.129.16/mcp', 'cloud metadata'],
    ['an embedded metadata address', () => 'http://[::ffff:169.254.169.254]/mcp', 'cloud metadata'],
    ['our own port', () => `${app.url}/mcp`, own],
    ['our own port under another name', () => `http://localhost:${portOf(app.url)}/mcp`, own],
    ['our own port, IPv4 as a number', () => `http://2130706433:${portOf(app.url)}/mcp`, own],
    ["PostgreSQL's port", () => `http://127.0.0.1:${portOf(app.urls.url)}/`, own],
    ['the unspecified address', () => 'http://0.0.0.0:8080/mcp', 'unspecified'],
  ])('%s', async (_what, url, rule) => {
    const before = await sql.counts();
    const response = await app.request('POST', SERVERS, { name: uniqueName(), endpointUrl: url() });
    expectProblem(response, 422, 'egress.denied');
    expect(response.body.detail).toContain(rule);
    expect(response.body.data.rule).toContain(rule);
    expect(await sql.counts()).toEqual(before);
  });

  it.each([
    ['stdio', { transportType: 'stdio' }, 'servers.unsupported_transport'],
    ['websocket', { transportType: 'websocket' }, 'servers.unsupported_transport'],
    ['a user name in the URL', { endpointUrl: 'http://me:secret@127.0.0.1/mcp' }, 'egress.invalid_url'],
    ['a fragment in the URL', { endpointUrl: 'http://127.0.0.1/mcp#x' }, 'egress.invalid_url'],
    ['another scheme', { endpointUrl: 'file:///etc/passwd' }, 'egress.invalid_url'],
    ['no scheme', { endpointUrl: '127.0.0.1/mcp' }, 'egress.invalid_url'],
    ['the reserved namespace', { name: 'local/mine' }, 'servers.reserved_namespace'],
    ['the reserved namespace in capitals', { name: 'LOCAL/mine' }, 'servers.reserved_namespace'],
  ])('%s', async (_what, given, code) => {
    const before = await sql.counts();
    const body = { name: uniqueName(), endpointUrl: 'http://127.0.0.1:9/mcp', ...given };
    const response = await app.request('POST', SERVERS, body);
    expectProblem(response, 422, code);
    expect(JSON.stringify(response.body)).not.toContain('secret');
    expect(await sql.counts()).toEqual(before);
  });
});
