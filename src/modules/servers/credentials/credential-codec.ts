import { z } from 'zod';
import { type Sealed, Sealer, UnreadableSealError } from '../../../config/sealer.js';
import type { SecretKey } from '../../../config/secrets.js';
import type { Credential } from './credential.js';

/** A credential at rest: its JSON, sealed. */
export type SealedCredential = Sealed;

/** What a credential is bound to: another server or another origin cannot open it. */
export interface CredentialBinding {
  readonly serverId: string;
  /** As `URL.origin` writes it. */
  readonly origin: string;
}

/** The key is not in `SECRETS_KEY` any more, or what is stored is not what was sealed. */
export class UnreadableCredentialError extends Error {
  constructor(readonly reason: UnreadableSealError['reason']) {
    super(
      reason === 'unknown_key'
        ? 'they were encrypted with a key that SECRETS_KEY does not list'
        : 'what is stored is not what was encrypted for this server and origin',
    );
    this.name = 'UnreadableCredentialError';
  }
}

const StoredCredential = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bearer'), token: z.string() }),
  z.object({ kind: z.literal('basic'), username: z.string(), password: z.string() }),
  z.object({ kind: z.literal('header'), name: z.string(), value: z.string() }),
]);

export class CredentialCodec {
  readonly #sealer: Sealer;

  /** @param keys the first encrypts, all decrypt. */
  constructor(keys: readonly SecretKey[]) {
    this.#sealer = new Sealer(keys);
  }

  /** The key that `seal` uses. */
  get keyId(): string {
    return this.#sealer.keyId;
  }

  seal(credential: Credential, binding: CredentialBinding): SealedCredential {
    return this.#sealer.seal(JSON.stringify(credential), textOf(binding));
  }

  /** @throws UnreadableCredentialError */
  open(sealed: SealedCredential, binding: CredentialBinding): Credential {
    let text: string;
    try {
      text = this.#sealer.open(sealed, textOf(binding));
    } catch (error) {
      if (error instanceof UnreadableSealError) throw new UnreadableCredentialError(error.reason);
      throw error;
    }
    return StoredCredential.parse(JSON.parse(text));
  }
}

function textOf({ serverId, origin }: CredentialBinding): string {
  return `${serverId}\n${origin}`;
}
