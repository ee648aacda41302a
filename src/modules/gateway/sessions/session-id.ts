import { randomBytes } from 'node:crypto';

/** 192 bits, as 32 characters of base64url. */
const ID_BYTES = 24;
const ID_PATTERN = /^[\w-]{32}$/;

export function newSessionId(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

/** Whether it could be one of ours: nothing else is looked up. */
export function isSessionId(id: string): boolean {
  return ID_PATTERN.test(id);
}
