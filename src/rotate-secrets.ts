import 'reflect-metadata';
import { processConfig } from './config/process-config.js';
import { loadSecrets, type Secrets } from './config/secrets.js';
import { openDatabase } from './database/open-database.js';
import { asOwner } from './database/owner-connection.js';
import { agreeOnSecretKeys, forgetUnusedKeys } from './database/secret-keys.js';
import { messageOf } from './kernel/app-error.js';
import { rotateCredentials, type Rotation } from './modules/servers/index.js';

/**
 * Encrypts what is stored with the first key of `SECRETS_KEY`. When all of it is, the keys before it are
 * forgotten, and a start that lists only those is refused.
 * @throws WrongSecretsKeyError when the list has no key of this database.
 */
export async function rotateSecrets(ownerUrl: string, secrets: Secrets, now = new Date()): Promise<Rotation> {
  return asOwner(ownerUrl, async (_queryRunner, dataSource) => {
    await dataSource.transaction((manager) => agreeOnSecretKeys(manager, secrets.fingerprints(), now));
    const rotation = await rotateCredentials((work) => dataSource.transaction(work), secrets);
    const [first = ''] = secrets.fingerprints();
    if (rotation.unreadable.length === 0) await dataSource.transaction((manager) => forgetUnusedKeys(manager, first));
    return rotation;
  });
}

/** `npm run secrets:rotate`: rotates, says how many, and ends. */
export async function runRotation(): Promise<void> {
  try {
    const config = processConfig();
    const database = await openDatabase(config);
    try {
      const { rotated, current, unreadable } = await rotateSecrets(database.urls.ownerUrl, loadSecrets(config));
      process.stdout.write(
        `${String(rotated)} credentials were encrypted with the first key; ${String(current)} were already.\n`,
      );
      if (unreadable.length > 0) {
        process.stderr.write(
          `${String(unreadable.length)} cannot be read with any key of SECRETS_KEY and stay as they are. ` +
            `Store them again, or list their key: ${unreadable.slice(0, 20).join(', ')}\n`,
        );
        process.exitCode = 1;
      }
    } finally {
      await database.close();
    }
  } catch (error) {
    process.stderr.write(`The keys could not be rotated: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}
