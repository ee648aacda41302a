import type { EntityManager } from 'typeorm';

/** Any constant: replicas that start together agree one after the other. */
const KEYS_LOCK = 7_304_118_204;

/** The start is refused: what this database holds was encrypted with other keys. */
export class WrongSecretsKeyError extends Error {
  constructor(known: readonly string[], given: readonly string[]) {
    super(
      `SECRETS_KEY lists none of the keys that this database was used with (fingerprints there: ${short(known)}; ` +
        `here: ${short(given)}). Start with the key that was used before; without SECRETS_KEY it is the one in ` +
        'DATA_DIR/secrets-key. To change it, put the new key first and keep the old one behind it: SECRETS_KEY=new,old.',
    );
    this.name = 'WrongSecretsKeyError';
  }
}

/**
 * Puts the first key's fingerprint on record, so that every replica and every later start has to know
 * a key of this database.
 * @param fingerprints of the keys of `SECRETS_KEY`, in its order
 * @throws WrongSecretsKeyError when the database knows keys, and none of these.
 */
export async function agreeOnSecretKeys(
  manager: EntityManager,
  fingerprints: readonly string[],
  now: Date,
): Promise<void> {
  await manager.query('/* secret_keys.lock */ SELECT pg_advisory_xact_lock($1)', [KEYS_LOCK]);
  const rows = (await manager.query('/* secret_keys.known */ SELECT fingerprint FROM secret_keys')) as {
    readonly fingerprint: string;
  }[];
  const known = rows.map((row) => row.fingerprint);
  if (known.length > 0 && !known.some((fingerprint) => fingerprints.includes(fingerprint))) {
    throw new WrongSecretsKeyError(known, fingerprints);
  }
  const [first] = fingerprints;
  if (first === undefined || known.includes(first)) return;
  await manager.query('/* secret_keys.record */ INSERT INTO secret_keys (fingerprint, first_used_at) VALUES ($1, $2)', [
    first,
    now,
  ]);
}

/** After a rotation to `fingerprint`: forgets every other key that nothing is encrypted with. Owner's role only. */
export async function forgetUnusedKeys(manager: EntityManager, fingerprint: string): Promise<void> {
  await manager.query('/* secret_keys.lock */ SELECT pg_advisory_xact_lock($1)', [KEYS_LOCK]);
  await manager.query(
    `/* secret_keys.forget */ DELETE FROM secret_keys k WHERE k.fingerprint <> $1
     AND NOT EXISTS (SELECT 1 FROM upstream_credentials c WHERE c.key_id = k.fingerprint)`,
    [fingerprint],
  );
}

function short(fingerprints: readonly string[]): string {
  return fingerprints.map((fingerprint) => fingerprint.slice(0, 8)).join(', ');
}
