import { createHash } from 'node:crypto';

/** The longest exposed name, in characters: what model providers accept as a tool's name. */
export const MAX_EXPOSED_NAME = 64;

const SEPARATOR = '__';
const HASH_DIGITS = 8;
const UNSAFE = /[^A-Za-z0-9_-]/gu;

/**
 * The name of a server's tool or prompt in the aggregate: `{alias}__{name}`. Where a character had
 * to be replaced or the name shortened it ends in `_` and 8 hex digits of SHA-256 over server id
 * and raw name. It depends on nothing else that is registered; an alias has no `_`, so names of two
 * servers never meet. It is resolved by lookup, never by splitting.
 */
export function exposedName(alias: string, serverId: string, rawName: string): string {
  const safe = rawName.replace(UNSAFE, '_');
  const plain = `${alias}${SEPARATOR}${safe}`;
  if (safe === rawName && plain.length <= MAX_EXPOSED_NAME) return plain;
  const hash = createHash('sha256').update(`${serverId}\0${rawName}`).digest('hex').slice(0, HASH_DIGITS);
  return `${plain.slice(0, MAX_EXPOSED_NAME - HASH_DIGITS - 1)}_${hash}`;
}
