import { AppError } from '../../kernel/app-error.js';
import type { Principal } from '../../kernel/principal.js';
import { atLeast } from '../../kernel/role.js';

/** Owners manage their own servers, administrators those of their tenant. @throws AppError `auth.forbidden` */
export function checkMayManage(
  principal: Principal,
  server: { readonly tenantId: string; readonly owner: string },
): void {
  const own = server.tenantId === principal.tenantId;
  if (own && (atLeast(principal.roles, 'admin') || server.owner === principal.subject)) return;
  throw new AppError(
    'forbidden',
    'auth.forbidden',
    'Only its owner or an administrator of its tenant may change this server.',
  );
}

/** Fields that not every owner may change. @throws AppError `auth.forbidden` */
export function checkMayReassign(
  principal: Principal,
  changes: { readonly owner?: string | undefined; readonly shared?: boolean | undefined },
): void {
  if (changes.owner !== undefined && !atLeast(principal.roles, 'admin')) {
    throw new AppError('forbidden', 'auth.forbidden', 'Only an administrator may give a server to somebody else.');
  }
  if (changes.shared !== undefined && !principal.operator) {
    throw new AppError('forbidden', 'auth.forbidden', 'Only an operator may share a server with all tenants.');
  }
}
