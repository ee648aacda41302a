import type { Scope } from '../kernel/scope.js';

/**
 * The one place that turns a `Scope` into SQL: a condition on the rows of `alias`, which has
 * `tenant_id` and `shared` (`mcp_servers`), with the parameter for it.
 */
export interface ScopeCondition {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Rows that the scope may read: its own tenant's and what an operator shares with every tenant. */
export function readable(scope: Scope, alias: string, parameterIndex: number): ScopeCondition {
  if (scope.kind === 'system') return { sql: 'true', parameters: [] };
  return {
    sql: `(${alias}.tenant_id = $${String(parameterIndex)} OR ${alias}.shared)`,
    parameters: [scope.tenantId],
  };
}

/** Rows that the scope owns: what it may change. `alias` needs `tenant_id` only. */
export function owned(scope: Scope, alias: string, parameterIndex: number): ScopeCondition {
  if (scope.kind === 'system') return { sql: 'true', parameters: [] };
  return { sql: `${alias}.tenant_id = $${String(parameterIndex)}`, parameters: [scope.tenantId] };
}
