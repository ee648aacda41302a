import type { Role } from './role.js';
import { type Scope, tenantScope } from './scope.js';

export type PrincipalKind = 'local' | 'user' | 'service' | 'api_key' | 'anonymous';

/** Who is asking. Made by authentication, never by a request. */
export interface Principal {
  readonly kind: PrincipalKind;
  readonly tenantId: string;
  /** Stable id of the caller in its tenant: an object id, a key's selector. */
  readonly subject: string;
  /** The application that acts for the subject, where a token names one. */
  readonly clientId?: string;
  readonly roles: readonly Role[];
  /** May do what concerns all tenants. */
  readonly operator: boolean;
}

/** The tenant that owns everything in local mode. */
export const LOCAL_TENANT = 'local';

export const LOCAL_ADMINISTRATOR: Principal = {
  kind: 'local',
  tenantId: LOCAL_TENANT,
  subject: 'local-admin',
  roles: ['admin'],
  operator: true,
};

/** What this principal may see. */
export function scopeOf(principal: Principal): Scope {
  return tenantScope(principal.tenantId);
}
