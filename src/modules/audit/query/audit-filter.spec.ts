import { describe, expect, it } from 'vitest';
import { tenantScope } from '../../../kernel/scope.js';
import { auditCondition, type AuditFilter } from './audit-filter.js';

const from = new Date(1);

describe('auditCondition', () => {
  it.each<[AuditFilter, string, unknown[]]>([
    [{}, 'a.tenant_id = $1', ['t']],
    [{ user: 'u', tool: 'x' }, 'a.tenant_id = $1 AND a.user_id = $2 AND a.tool_name = $3', ['t', 'u', 'x']],
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
