import { describe, expect, it } from 'vitest';
import { tenantScope } from '../../../kernel/scope.js';
import { auditCondition, type AuditFilter } from './audit-filter.js';

const from = new Date(1);
const SERVER_ID = '019aa8ef-1111-7000-8000-3f2a1b0c9d8e';

describe('auditCondition', () => {
  it.each<[AuditFilter, string, unknown[]]>([
    [{}, 'a.tenant_id = $1', ['t']],
    [{ user: 'u', tool: 'x' }, 'a.tenant_id = $1 AND a.user_id = $2 AND a.tool_name = $3', ['t', 'u', 'x']],
    [{ server: 'echo' }, 'a.tenant_id = $1 AND a.server_name = $2', ['t', 'echo']],
    [{ server: SERVER_ID }, 'a.tenant_id = $1 AND a.server_id = $2', ['t', SERVER_ID]],
    [{ success: false, from }, 'a.tenant_id = $1 AND a.success = $2 AND a.timestamp >= $3', ['t', false, from]],
  ])('%j', (filter, sql, parameters) => {
    expect(auditCondition(tenantScope('t'), filter)).toEqual({ sql, parameters });
  });

  it('goes on behind an event', () => {
    expect(auditCondition(tenantScope('t'), { action: 'a' }, { timestamp: 'then', id: 'i' })).toEqual({
      sql: 'a.tenant_id = $1 AND a.action = $2 AND (a.timestamp, a.id) < ($3::timestamptz, $4::uuid)',
      parameters: ['t', 'a', 'then', 'i'],
    });
  });
});
