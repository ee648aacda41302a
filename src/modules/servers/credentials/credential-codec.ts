import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SecretKey } from '../../../config/secrets.js';
import type { Credential } from './credential.js';

/** A credential at rest. */
export interface SealedCredential {
  /** Fingerprint of the root key that its key derives from. */
  readonly keyId: string;
  /** Format (1 byte), nonce (12), tag (16), then the encrypted JSON. */
  readonly ciphertext: Buffer;
}

/** What a credential is bound to: another server or another origin cannot open it. */
export interface CredentialBinding {
  readonly serverId: string;
  /** As `URL.origin` writes it. */
  readonly origin: string;
}

/** The key is not in `SECRETS_KEY` any more, or what is stored is not what was sealed. */
export class UnreadableCredentialError extends Error {
  constructor(readonly reason: 'unknown_key' | 'tampered') {
    super(
      reason === 'unknown_key'
        ? 'they were encrypted with a key that SECRETS_KEY does not list'
        : 'what is stored is not what was encrypted for this server and origin',
    );
    this.name = 'UnreadableCredentialError';
  }
}

const ALGORITHM = 'aes-256-gcm';
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

const StoredCredential = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bearer'), token: z.string() }),
  z.object({ kind: z.literal('basic'), username: z.string(), password: z.string() }),
  z.object({ kind: z.literal('header'), name: z.string(), value: z.string() }),
]);

/** AES-256-GCM with a random nonce of 96 bits (NIST SP 800-38D, section 8.2.2). */
export class CredentialCodec {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #first: SecretKey;

  /** @param keys the first encrypts, all decrypt. */
  constructor(keys: readonly SecretKey[]) {
    const [first] = keys;
    if (!first) throw new Error('there is no key to encrypt credentials with');
    this.#first = first;
    this.#keys = new Map(keys.map(({ id, key }) => [id, key]));
  }

  /** The key that `seal` uses. */
  get keyId(): string {
    return this.#first.id;
  }

  seal(credential: Credential, binding: CredentialBinding): SealedCredential {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#first.key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(binding));
    const encrypted = Buffer.concat([cipher.update(JSON.stringify(credential), 'utf8'), cipher.final()]);
    return {
      keyId: this.#first.id,
      ciphertext: Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), encrypted]),
    };
  }

  /** @throws UnreadableCredentialError */
  open({ keyId, ciphertext }: SealedCredential, binding: CredentialBinding): Credential {
    const key = this.#keys.get(keyId);
    if (!key) throw new UnreadableCredentialError('unknown_key');
    if (ciphertext.length <= HEAD_BYTES || ciphertext[0] !== FORMAT) throw new UnreadableCredentialError('tampered');
    const nonce = ciphertext.subarray(1, 1 + NONCE_BYTES);
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(binding));
    decipher.setAuthTag(ciphertext.subarray(1 + NONCE_BYTES, HEAD_BYTES));
    let text: string;
    try {
      text = Buffer.concat([decipher.update(ciphertext.subarray(HEAD_BYTES)), decipher.final()]).toString('utf8');
    } catch {
      // Without its cause: nothing that was decrypted may reach a log.
      throw new UnreadableCredentialError('tampered');
    }
    return StoredCredential.parse(JSON.parse(text));
  }
}

function associatedData({ serverId, origin }: CredentialBinding): Buffer {
  return Buffer.from(`${serverId}\n${origin}`, 'utf8');
}
