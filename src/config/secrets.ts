import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from './config.js';

const KEY_FILE = 'secrets-key';
/** Hex digits of a generated key. */
const KEY_CHARACTERS = 64;
const DERIVED_BYTES = 32;
const FINGERPRINT_BYTES = 16;

/** A key for one purpose. */
export interface SecretKey {
  /** Fingerprint of the root key: stored beside what `key` encrypted, so that a rotation finds it again. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** Keys for one purpose each, derived from `SECRETS_KEY`. */
export class Secrets {
  /** @param roots the first signs and encrypts, all verify and decrypt. */
  constructor(private readonly roots: readonly string[]) {}

  /** One key of 32 bytes for each root, in the same order. */
  derive(purpose: string): Buffer[] {
    return this.roots.map((root) =>
      Buffer.from(hkdfSync('sha256', root, 'mcp-registry-gateway', purpose, DERIVED_BYTES)),
    );
  }

  /** Names of the root keys, in the same order: 32 hex digits each, from which no key can be had back. */
  fingerprints(): string[] {
    return this.derive('fingerprint').map((derived) =>
      createHmac('sha256', derived)
        .update('fingerprint')
        .digest('hex')
        .slice(0, 2 * FINGERPRINT_BYTES),
    );
  }

  /** As `derive`, each with the fingerprint of its root. */
  keysFor(purpose: string): SecretKey[] {
    const keys = this.derive(purpose);
    return this.fingerprints().flatMap((id, i) => {
      const key = keys[i];
      return key ? [{ id, key }] : [];
    });
  }
}

/** What `SECRETS_KEY` names; without it a key is made once and kept in `DATA_DIR/secrets-key` (0600). */
export function loadSecrets(config: Pick<Config, 'secretsKeys' | 'dataDir'>): Secrets {
  return new Secrets(config.secretsKeys.length > 0 ? config.secretsKeys : [ownKey(config.dataDir)]);
}

function ownKey(dataDir: string): string {
  const file = path.join(dataDir, KEY_FILE);
  mkdirSync(dataDir, { recursive: true });
  if (!existsSync(file)) makeKey(file);
  const key = readFileSync(file, 'utf8').trim();
  if (key.length < KEY_CHARACTERS)
    throw new Error(`${file} has no whole key: restore it, or delete it to have a new one made`);
  return key;
}

/** Of two processes that start together one makes the key, and both read it whole: it gets its name when it is written. */
function makeKey(file: string): void {
  const draft = `${file}.${String(process.pid)}`;
  writeFileSync(draft, randomBytes(KEY_CHARACTERS / 2).toString('hex'), { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    unlinkSync(draft);
  }
}
