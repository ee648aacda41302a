import { createHash, randomBytes } from 'node:crypto';

const SELECTOR_CHARACTERS = 12;
const SECRET_BYTES = 32;

export interface NewSecret {
  readonly selector: string;
  /** The whole key, shown once. */
  readonly key: string;
  readonly hash: Buffer;
}

/** A new key, or with a selector another secret for it. */
export function newSecret(selector: string = newSelector()): NewSecret {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { selector, key: `mrg_${selector}_${secret}`, hash: hashOf(secret) };
}

export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function newSelector(): string {
  return randomBytes(SELECTOR_CHARACTERS / 2).toString('hex');
}
