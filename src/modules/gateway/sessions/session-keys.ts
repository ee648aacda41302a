import { createHash } from 'node:crypto';
import type { SessionOwner } from './client-session.js';

/** Who tells the other replicas that a session changed, and which: `{replica} {session id}`. */
export const SESSION_CHANNEL = 'mreg:sessions';

/** Every session by its last use, as `{session id}:{owner}`, for the sweep. */
export const SESSIONS_BY_USE = 'mreg:sessions:by-use';

/** Names of keys may be seen in tools and logs: an owner's is not its name. */
export function ownerName({ kind, tenantId, subject }: SessionOwner): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, tenantId, subject]))
    .digest('base64url');
}

/** All that a script touches when it changes one session. */
export function sessionKeys(id: string, owner: string): string[] {
  return [sessionKey(id), `mreg:sessions:of:${owner}`, SESSIONS_BY_USE];
}

export function sessionKey(id: string): string {
  return `mreg:session:${id}`;
}
