import { owned, readable } from '../../../database/scope-sql.js';
import type { Scope } from '../../../kernel/scope.js';
import type { Parameters } from './parameters.js';

/**
 * Conditions on the server (`s`) of whatever is searched: may be seen, is its name's latest version and
 * is not deleted. Health is apart, because children carry it themselves (`server_active`).
 */
export function visibleServer(scope: Scope, parameters: Parameters): string {
  return `s.is_latest AND s.deleted_at IS NULL AND ${parameters.scoped((index) => readable(scope, 's', index))}`;
}

/**
 * What may be seen, as two sets that an index each leads to: the scope's own rows of `alias`, then those
 * of servers that are shared with every tenant. (One condition with OR would read the whole index.)
 */
export function branches(scope: Scope, alias: string): ((parameters: Parameters) => string)[] {
  const own = (parameters: Parameters): string => parameters.scoped((index) => owned(scope, alias, index));
  if (scope.kind === 'system') return [own];
  return [own, (parameters) => `s.shared AND NOT (${own(parameters)})`];
}

/** A server whose children are offered (`isServerActive` in the kernel, as SQL). */
export const ACTIVE_SERVER = `s.status IN ('healthy', 'degraded') AND s.lifecycle <> 'deleted'`;
