import type { EntraConfig } from '../../../config/config.js';
import { AppError } from '../../../kernel/app-error.js';
import type { JsonRecord } from '../../../mcp/json-record.js';
import type { Principal } from '../../../kernel/principal.js';
import { type Role, ROLES } from '../../../kernel/role.js';

/** Clocks of others may be that far off. */
export const CLOCK_SKEW_SECONDS = 60;

/** A token that was found good. */
export interface VerifiedToken {
  readonly principal: Principal;
  readonly expiresAtMs: number;
  readonly issuedAtMs: number;
}

/** The issuers of a directory's tokens, version 2.0 and 1.0. */
export function issuersOf(authority: string, tenantId: string): readonly [string, string] {
  return [`${authority}/${tenantId}/v2.0`, `https://sts.windows.net/${tenantId}/`];
}

/**
 * What the library does not check: the directory, the version and its issuer, the application, when it was issued,
 * and that it grants anything. Signature, audience, expiry and not-before were checked.
 * @throws AppError `auth.invalid_token`.
 */
export function verifiedToken(
  claims: JsonRecord,
  entra: EntraConfig,
  operatorTenantId: string,
  nowMs: number,
): VerifiedToken {
  const { tid, iss, ver, exp, iat, scp, roles: given } = claims;
  if (typeof tid !== 'string' || !entra.allowedTenants.includes(tid)) throw refused('its directory is not allowed');
  const [second, first] = issuersOf(entra.authority, tid);
  if (iss !== (ver === '2.0' ? second : ver === '1.0' ? first : undefined)) {
    throw refused('its issuer is not that of its version and directory');
  }
  if (typeof exp !== 'number' || typeof iat !== 'number') throw refused('it has no exp or iat');
  if (iat * 1000 > nowMs + CLOCK_SKEW_SECONDS * 1000) throw refused('it is from the future');
  const client = ver === '2.0' ? claims['azp'] : claims['appid'];
  if (entra.allowedClients.length > 0 && (typeof client !== 'string' || !entra.allowedClients.includes(client))) {
    throw refused('its application is not allowed');
  }
  const delegated = typeof scp === 'string' && scp.trim() !== '';
  const names = Array.isArray(given) ? given.filter((name) => typeof name === 'string') : [];
  if (!delegated && names.length === 0) throw refused('it has neither scopes nor roles');
  const subject = claims['oid'] ?? claims['sub'];
  if (typeof subject !== 'string' || subject === '') throw refused('it has no subject');
  const roles = rolesOf(names, entra.roleMap);
  return {
    principal: {
      kind: delegated ? 'user' : 'service',
      tenantId: tid,
      subject,
      ...(typeof client === 'string' ? { clientId: client } : {}),
      roles,
      operator: tid === operatorTenantId && roles.includes('admin'),
    },
    expiresAtMs: exp * 1000,
    issuedAtMs: iat * 1000,
  };
}

/** App roles that mean nothing here are left out. */
function rolesOf(names: readonly string[], map: EntraConfig['roleMap']): Role[] {
  const meant = names.flatMap((name) => (map ? (map[name] ?? []) : ROLES.filter((role) => role === name)));
  return [...new Set(meant)];
}

export function refused(why: string): AppError {
  return new AppError('unauthenticated', 'auth.invalid_token', `The token is not taken: ${why}.`);
}
