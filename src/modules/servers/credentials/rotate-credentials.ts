import type { EntityManager } from 'typeorm';
import type { Secrets } from '../../../config/secrets.js';
import { CredentialCodec, type SealedCredential, UnreadableCredentialError } from './credential-codec.js';
import { CREDENTIALS_PURPOSE } from './credentials-purpose.js';
import type { StoredCredential } from './credentials.repository.js';

export interface Rotation {
  /** Encrypted anew with the first key. */
  readonly rotated: number;
  /** Were encrypted with it already. */
  readonly current: number;
  /** Left as they are: no listed key opens them, or they were tampered with. */
  readonly unreadable: readonly string[];
}

/** Runs `work` in a transaction of its own. */
export type Transact = <T>(work: (manager: EntityManager) => Promise<T>) => Promise<T>;

const BATCH = 200;
const FIRST_UUID = '00000000-0000-0000-0000-000000000000';

/**
 * Encrypts every stored credential with the first key, in batches of 200 rows, each locked while it is
 * rewritten. A run that was cut short is taken up by the next one.
 */
export async function rotateCredentials(transact: Transact, secrets: Secrets): Promise<Rotation> {
  const codec = new CredentialCodec(secrets.keysFor(CREDENTIALS_PURPOSE));
  const unreadable: string[] = [];
  let rotated = 0;
  let current = 0;
  for (let after: string | undefined = FIRST_UUID; after !== undefined;) {
    const from: string = after;
    after = await transact(async (manager) => {
      const rows = await lockBatch(manager, from);
      const resealed: (SealedCredential & { readonly serverId: string })[] = [];
      for (const row of rows) {
        const sealed = row.keyId === codec.keyId ? undefined : reseal(codec, row);
        if (row.keyId === codec.keyId) current += 1;
        else if (sealed) resealed.push({ serverId: row.serverId, ...sealed });
        else unreadable.push(row.serverId);
      }
      await write(manager, resealed);
      rotated += resealed.length;
      return rows.length < BATCH ? undefined : rows.at(-1)?.serverId;
    });
  }
  return { rotated, current, unreadable };
}

async function lockBatch(manager: EntityManager, afterId: string): Promise<StoredCredential[]> {
  return (await manager.query(
    `/* credentials.rotate_batch */ SELECT server_id AS "serverId", origin, ciphertext, key_id AS "keyId"
     FROM upstream_credentials WHERE server_id > $1 ORDER BY server_id LIMIT ${String(BATCH)} FOR UPDATE`,
    [afterId],
  )) as StoredCredential[];
}

function reseal(codec: CredentialCodec, row: StoredCredential): SealedCredential | undefined {
  try {
    return codec.seal(codec.open(row, row), row);
  } catch (error) {
    if (!(error instanceof UnreadableCredentialError)) throw error;
    return undefined;
  }
}

async function write(
  manager: EntityManager,
  resealed: readonly (SealedCredential & { readonly serverId: string })[],
): Promise<void> {
  if (resealed.length === 0) return;
  await manager.query(
    `/* credentials.rotate */ UPDATE upstream_credentials c SET ciphertext = r.ciphertext, key_id = r.key_id
     FROM unnest($1::uuid[], $2::bytea[], $3::text[]) AS r(id, ciphertext, key_id) WHERE c.server_id = r.id`,
    [resealed.map((row) => row.serverId), resealed.map((row) => row.ciphertext), resealed.map((row) => row.keyId)],
  );
}
