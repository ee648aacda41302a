import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pool } from 'undici';
import { PartitionJob } from '../../src/database/partition-job.js';
import { AuditQueries } from '../../src/modules/audit/query/audit-queries.service.js';
import { RequestLogs } from '../../src/modules/audit/request-log/request-logs.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { callEcho } from '../support/audit/call-load.js';
import { startEchoUpstream } from '../support/audit/echo-upstream.js';
import { eventually } from '../support/eventually.js';
import { allPages, expectProblem, register } from '../support/registry.js';
import { SettableClock } from '../support/settable-clock.js';
import { Sql } from '../support/sql.js';
import type { Upstream } from '../support/upstreams/listen.js';

const AUDIT = '/api/v1/audit';
const DAY_MS = 86_400_000;

const as = (subject: string) =>
  ({ kind: 'user', tenantId: 'local', subject, roles: ['readonly'], operator: false }) as const;

describe('the audit over REST', () => {
  const clock = new SettableClock();
  let app: TestApp;
  let sql: Sql;
  let pool: Pool;
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await startEchoUpstream();
    app = await startTestApp({ clock, environment: { AUDIT_ARGUMENTS: 'redacted' } });
    sql = new Sql(app.urls.ownerUrl);
    pool = new Pool(app.url);
    await register(app, { name: 'echo', endpointUrl: upstream.url });
    for (let i = 0; i < 5; i += 1) await callEcho(pool, 'echo', `call-${String(i)}`, { text: 'x', apiKey: 'y' });
    await app.request('DELETE', '/api/v1/servers/01900000-0000-7000-8000-000000000000');
    await eventually(async () => expect((await app.request('GET', `${AUDIT}/events`)).body.items).toHaveLength(7));
  });
  afterAll(async () => {
    await pool.close();
    await sql.close();
    await Promise.all([app.close(), upstream.close()]);
  });

  it('shows a call with all that is known of it', async () => {
    const { body } = await app.request('GET', `${AUDIT}/events?correlationId=call-3`);
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({
      userId: 'local-admin',
      principalKind: 'local',
      action: 'tools/call',
      serverName: 'echo',
      toolName: 'echo',
      definitionHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      argumentsHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      arguments: { text: 'x', apiKey: '[redacted]' },
      state: 'completed',
      success: true,
      errorCode: null,
      clientIp: '127.0.0.1',
      era: 'modern',
    });
    expect(body.items[0].requestBytes).toBeGreaterThan(100);
    expect(body.items[0].responseBytes).toBeGreaterThan(50);
  });

  it.each([
    ['user=local-admin', 7],
    ['user=nobody', 0],
    ['tool=echo', 5],
    ['server=echo', 6],
    ['action=servers.delete', 1],
    ['success=false', 1],
    ['success=true&tool=echo', 5],
    ['from=2020-01-01T00:00:00Z', 7],
    ['to=2020-01-01T00:00:00Z', 0],
  ])('finds %s', async (query, count) => {
    expect((await app.request('GET', `${AUDIT}/events?${query}`)).body.items).toHaveLength(count);
  });

  it('finds what concerns a server by its id', async () => {
    const { id } = (await app.request('GET', '/api/v1/servers')).body.items[0];
    expect((await app.request('GET', `${AUDIT}/events?server=${String(id)}`)).body.items).toHaveLength(6);
  });

  it('pages without a hole or a repetition, newest first', async () => {
    const items = await allPages(app, `${AUDIT}/events?limit=2`);
    const times = items.map(({ timestamp, id }) => `${String(timestamp)} ${String(id)}`);
    expect(new Set(times).size).toBe(7);
    expect(times.toSorted().toReversed()).toEqual(times);
  });

  it.each([
    'events?from=yesterday',
    'events?limit=0',
    'events?tol=x',
    'events?cursor=x',
    'stats?from=2020-01-01T00:00:00Z',
  ])('refuses %s', async (query) => {
    expectProblem(await app.request('GET', `${AUDIT}/${query}`), 400);
  });

  it('counts calls, errors and durations by tool and by user', async () => {
    clock.advance(1000);
    const { body } = await app.request('GET', `${AUDIT}/stats`);
    expect(body.total).toMatchObject({ calls: 7, errors: 1, interrupted: 0, errorRate: 1 / 7 });
    expect(body.tools).toMatchObject([{ tool: 'echo', calls: 5, errors: 0 }]);
    expect(body.users).toMatchObject([{ user: 'local-admin', calls: 7 }]);
    expect(body.tools[0].p95DurationMs).toBeGreaterThan(0);
  });

  it('exports everything as NDJSON', async () => {
    const answer = await fetch(`${app.url}${AUDIT}/export?action=tools/call`);
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await answer.text()).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { action: string }).action)).toEqual(Array(5).fill('tools/call'));
  });

  it('shows those who are no administrators what they did themselves', async () => {
    const queries = app.app.get(AuditQueries);
    expect(await queries.page(as('ann'), {}, 10, undefined)).toEqual([]);
    expect(await queries.page(as('ann'), { user: 'local-admin' }, 10, undefined)).toEqual([]);
    expect(await queries.page(as('local-admin'), {}, 10, undefined)).toHaveLength(7);
  });

  it('logs REST requests by their template, and no MCP call', async () => {
    await app.request('GET', '/api/v1/servers/01900000-0000-7000-8000-000000000000', undefined, {
      'x-request-id': 'log.1',
    });
    await app.app.get(RequestLogs).write();
    const rows = await sql.rows(
      'SELECT endpoint, method, status_code, user_id, tenant_id FROM request_logs WHERE correlation_id = $1',
      ['log.1'],
    );
    expect(rows).toEqual([
      { endpoint: '/api/v1/servers/:id', method: 'GET', status_code: 404, user_id: 'local-admin', tenant_id: 'local' },
    ]);
    expect(await sql.rows(`SELECT 1 FROM request_logs WHERE endpoint LIKE '/mcp%'`)).toEqual([]);
  });

  it('shows its figures', async () => {
    const { body } = await app.request('GET', '/metrics');
    expect(body).toMatch(/^mcp_audit_spool_bytes \d+$/m);
    expect(body).toMatch(/^mcp_audit_shipped_records 7$/m);
    expect(body).toMatch(/^mcp_gateway_audit_spool_usage /m);
    expect((await app.request('GET', '/health')).body.components.audit).toEqual({ status: 'healthy' });
  });

  it('finds nothing wrong, also in a window and after retention took a day', async () => {
    const verify = async (query = ''): Promise<unknown> => (await app.request('GET', `${AUDIT}/verify${query}`)).body;
    expect(await verify()).toMatchObject({ intact: true, records: 7, writers: 1 });
    expect(await verify(`?from=${clock.now().toISOString()}`)).toMatchObject({ intact: true });

    clock.advance(95 * DAY_MS);
    const partitions = app.app.get(PartitionJob);
    await partitions.ensure();
    await callEcho(pool, 'echo', 'later');
    await expect.poll(async () => (await app.request('GET', `${AUDIT}/events`)).body.items.length).toBe(8);
    expect((await partitions.dropExpired()).length).toBeGreaterThan(0);
    expect((await app.request('GET', `${AUDIT}/events`)).body.items).toHaveLength(1);
    expect(await verify()).toMatchObject({ intact: true, firstBreak: null });

    await sql.rows(`DELETE FROM audit_anchors WHERE kind = 'retention'`);
    expect(await verify()).toMatchObject({ intact: false, firstBreak: { kind: 'missing', seq: 1 } });
  });
});
