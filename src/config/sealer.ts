import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SecretKey } from './secrets.js';

/** Something secret at rest. */
export interface Sealed {
  /** Fingerprint of the root key that its key derives from. */
  readonly keyId: string;
  /** Format (1 byte), nonce (12), tag (16), then the encrypted text. */
  readonly ciphertext: Buffer;
}

/** The key is not in `SECRETS_KEY` any more, or what is stored is not what was sealed. */
export class UnreadableSealError extends Error {
  constructor(readonly reason: 'unknown_key' | 'tampered') {
    super(
      reason === 'unknown_key'
        ? 'it was encrypted with a key that SECRETS_KEY does not list'
        : 'what is stored is not what was encrypted for this use',
    );
    this.name = 'UnreadableSealError';
  }
}

const ALGORITHM = 'aes-256-gcm';
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** AES-256-GCM with a random nonce of 96 bits (NIST SP 800-38D, section 8.2.2). */
export class Sealer {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #first: SecretKey;

  /** @param keys of one purpose: the first encrypts, all decrypt. */
  constructor(keys: readonly SecretKey[]) {
    const [first] = keys;
    if (!first) throw new Error('there is no key to encrypt with');
    this.#first = first;
    this.#keys = new Map(keys.map(({ id, key }) => [id, key]));
  }

  /** The key that `seal` uses. */
  get keyId(): string {
    return this.#first.id;
  }

  /** @param binding what the secret belongs to: under another one it cannot be opened. */
  seal(text: string, binding: string): Sealed {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#first.key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(binding, 'utf8'));
    const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return {
      keyId: this.#first.id,
      ciphertext: Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), encrypted]),
    };
  }

  /** @throws UnreadableSealError */
  open({ keyId, ciphertext }: Sealed, binding: string): string {
    const key = this.#keys.get(keyId);
    if (!key) throw new UnreadableSealError('unknown_key');
    if (ciphertext.length <= HEAD_BYTES || ciphertext[0] !== FORMAT) throw new UnreadableSealError('tampered');
    const nonce = ciphertext.subarray(1, 1 + NONCE_BYTES);
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(binding, 'utf8'));
    decipher.setAuthTag(ciphertext.subarray(1 + NONCE_BYTES, HEAD_BYTES));
    try {
      return Buffer.concat([decipher.update(ciphertext.subarray(HEAD_BYTES)), decipher.final()]).toString('utf8');
    } catch {
      // Without its cause: nothing that was decrypted may reach a log.
      throw new UnreadableSealError('tampered');
    }
  }
}
