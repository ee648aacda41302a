import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { register, SERVERS, uniqueName } from '../support/registry.js';
import { Sql } from '../support/sql.js';
import { startSwitchable, type SwitchableUpstream } from '../support/upstreams/switchable.js';

const UNKNOWN = '01900000-0000-7000-8000-000000000000';

describe('the audit of registry changes', () => {
  let app: TestApp;
  let sql: Sql;
  let upstream: SwitchableUpstream;

  beforeAll(async () => {
    [app, upstream] = await Promise.all([startTestApp(), startSwitchable()]);
    sql = new Sql(app.urls.ownerUrl);
  });
  afterAll(async () => {
    await sql.close();
    await Promise.all([app.close(), upstream.close()]);
  });

  const events = (correlationId: string): Promise<Record<string, unknown>[]> =>
    sql.rows('SELECT * FROM mcp_audit_log WHERE correlation_id = $1', [correlationId]);

  it.each<[string, string, (id: string) => string, unknown, number, string, string | null]>([
    ['register', 'POST', () => '', { name: 'audited' }, 201, 'servers.register', null],
    ['register twice', 'POST', () => '', { name: 'audited' }, 409, 'servers.register', 'servers.already_registered'],
    [
      'register elsewhere',
      'POST',
      () => '',
      { name: 'x', endpointUrl: 'http://169.254.169.254/' },
      422,
      'servers.register',
      'egress.denied',
    ],
    ['change', 'PATCH', (id) => `/${id}`, { title: 'New' }, 200, 'servers.change', null],
    [
      'change to stdio',
      'PATCH',
      (id) => `/${id}`,
      { transportType: 'stdio' },
      422,
      'servers.change',
      'servers.unsupported_transport',
    ],
    [
      'change what is not there',
      'PATCH',
      () => `/${UNKNOWN}`,
      { title: 'X' },
      404,
      'servers.change',
      'servers.not_found',
    ],
    ['probe', 'POST', (id) => `/${id}/probe`, undefined, 200, 'servers.probe', null],
    [
      'probe what is not there',
      'POST',
      () => `/${UNKNOWN}/probe`,
      undefined,
      404,
      'servers.probe',
      'servers.not_found',
    ],
    ['delete', 'DELETE', (id) => `/${id}`, undefined, 204, 'servers.delete', null],
    ['delete what is not there', 'DELETE', () => `/${UNKNOWN}`, undefined, 404, 'servers.delete', 'servers.not_found'],
  ])('%s is one event', async (what, method, path, body, status, action, errorCode) => {
    const server = await register(app, {
      name: uniqueName('of-audit'),
      endpointUrl: upstream.url,
      autoDiscover: false,
    });
    const isRegistration = action === 'servers.register';
    const given = isRegistration ? { endpointUrl: upstream.url, autoDiscover: false, ...(body as object) } : body;
    const correlationId = `audit.${what.replaceAll(' ', '-')}`;
    const response = await app.request(method, SERVERS + path(server.id), given, { 'x-request-id': correlationId });
    expect(response.status).toBe(status);
    const rows = await eventually(async () => {
      const found = await events(correlationId);
      expect(found).toHaveLength(1);
      return found;
    });
    expect(rows[0]).toMatchObject({
      action,
      tenant_id: 'local',
      user_id: 'local-admin',
      principal_kind: 'local',
      state: 'completed',
      success: errorCode === null,
      error_code: errorCode,
      client_ip: '127.0.0.1',
      era: 'rest',
    });
    expect(Number(rows[0]?.['duration_ms'])).toBeGreaterThan(0);
    if (isRegistration) expect(rows[0]?.['server_name']).toBe((body as { name: string }).name);
    if (isRegistration && errorCode === null) expect(rows[0]?.['server_id']).toBe(response.body.id);
    if (path(server.id).includes(server.id)) expect(rows[0]?.['server_id']).toBe(server.id);
  });

  it.each([
    ['a body that is not valid', 'POST', { name: 5 }],
    ['a read', 'GET', undefined],
  ])('%s is none', async (what, method, body) => {
    const correlationId = `none.${what.replaceAll(' ', '-')}`;
    await app.request(method, SERVERS, body, { 'x-request-id': correlationId });
    expect(await events(correlationId)).toEqual([]);
  });
});
