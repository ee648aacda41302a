import { randomBytes } from 'node:crypto';

/** The injection token of this replica's name among the others. */
export const REPLICA_ID = Symbol('REPLICA_ID');

/** New with each start: what was meant for a replica that ended reaches no other. */
export function newReplicaId(): string {
  return randomBytes(12).toString('base64url');
}
