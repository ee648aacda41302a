import type { Scope } from '../../../kernel/scope.js';
import { owned } from '../../../database/scope-sql.js';

/** What of the audit log is asked for. `undefined`: whatever it is. */
export interface AuditFilter {
  readonly user?: string | undefined;
  readonly tool?: string | undefined;
  /** A name, or an id. */
  readonly server?: string | undefined;
  readonly action?: string | undefined;
  readonly success?: boolean | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly correlationId?: string | undefined;
}

/** Behind this event, in the order of the log: the newest first. */
export interface AuditPosition {
  readonly timestamp: string;
  readonly id: string;
}

export interface AuditCondition {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const COLUMNS: readonly (readonly [keyof AuditFilter, string])[] = [
  ['user', 'a.user_id ='],
  ['tool', 'a.tool_name ='],
  ['action', 'a.action ='],
  ['success', 'a.success ='],
  ['correlationId', 'a.correlation_id ='],
  ['from', 'a.timestamp >='],
  ['to', 'a.timestamp <'],
];

/** The condition on rows of `mcp_audit_log a`; only what is asked for is in it, so that an index fits. */
export function auditCondition(scope: Scope, filter: AuditFilter, after?: AuditPosition): AuditCondition {
  const tenant = owned(scope, 'a', 1);
  const parameters: unknown[] = [...tenant.parameters];
  const terms = [tenant.sql];
  const compare = (comparison: string, value: unknown): void => {
    if (value === undefined) return;
    parameters.push(value);
    terms.push(`${comparison} $${String(parameters.length)}`);
  };
  for (const [key, comparison] of COLUMNS) compare(comparison, filter[key]);
  compare(UUID.test(filter.server ?? '') ? 'a.server_id =' : 'a.server_name =', filter.server);
  if (after) {
    parameters.push(after.timestamp, after.id);
    const [timestamp, id] = [parameters.length - 1, parameters.length].map((index) => `$${String(index)}`);
    terms.push(`(a.timestamp, a.id) < (${timestamp ?? ''}::timestamptz, ${id ?? ''}::uuid)`);
  }
  return { sql: terms.join(' AND '), parameters };
}
