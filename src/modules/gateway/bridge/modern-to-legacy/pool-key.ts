import { canonicalJson, type Json } from '../../../../kernel/canonical-json.js';
import type { Principal } from '../../../../kernel/principal.js';
import type { ClientCapabilities } from '../../../../mcp/capabilities.js';

/** What lets a server ask its client in the middle of a call. */
const ASKING = ['elicitation', 'sampling', 'roots'] as const;

/** Whether a session for such a client may bring requests: then it has one call at a time, which they belong to. */
export function mayBeAsked(capabilities: ClientCapabilities): boolean {
  return ASKING.some((name) => Object.hasOwn(capabilities, name));
}

/** Nothing is shared between principals. */
export function principalKey({ kind, tenantId, subject }: Pick<Principal, 'kind' | 'tenantId' | 'subject'>): string {
  return JSON.stringify([kind, tenantId, subject]);
}

/** Sessions under one key are as good as each other. */
export function poolKey(
  principal: string,
  serverId: string,
  capabilities: ClientCapabilities,
  exclusive: boolean,
): string {
  return `${serverId} ${exclusive ? 'one' : 'many'} ${principal} ${canonicalJson(capabilities as Json)}`;
}
