import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ChangeFeed } from '../../../database/change-feed.js';
import { partsOfApiKey } from '../../../kernel/api-key.js';
import { Clock } from '../../../kernel/clock.js';
import { uuidv7 } from '../../../kernel/uuid.js';
import { Readiness } from '../../monitoring/index.js';
import { AUTH_OPTIONS, type AuthOptions } from '../auth-options.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { hashOf, newSecret } from './secret.js';

const FILE = 'admin-key';

/** The first administrator: the key that `BOOTSTRAP_ADMIN_KEY` names, or one that is made while there is none. */
@Injectable()
export class BootstrapKey {
  readonly #log = new Logger('Auth');

  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    readiness: Readiness,
  ) {
    if (options.mode === 'local') return;
    readiness.beforeReady({ name: 'the first API key', run: () => this.ensure() });
  }

  async ensure(): Promise<void> {
    const { bootstrapAdminKey } = this.options;
    await this.feed.write('api_keys.bootstrap', async (manager, changes) => {
      const any = await this.keys.anyUnderLock(manager);
      const given = bootstrapAdminKey === undefined ? undefined : partsOfApiKey(bootstrapAdminKey);
      if (!given && any) return;
      const made = given ? undefined : newSecret();
      const { selector, hash } = made ?? { selector: given?.selector ?? '', hash: hashOf(given?.secret ?? '') };
      const id = uuidv7(this.clock.nowMs());
      const tenantId = this.options.operatorTenantId;
      const isNew = await this.keys.insert(manager, {
        id,
        tenantId,
        name: 'first administrator',
        selector,
        secretHash: hash,
        roles: ['admin'],
        operator: true,
        createdBy: 'bootstrap',
        createdAt: this.clock.now(),
        expiresAt: null,
      });
      if (!isNew) return;
      changes.push({ tenantId, serverId: id, kind: 'access' });
      // Within the transaction: a key that nobody can read must not be there.
      if (made) await this.#write(made.key);
      else this.#log.log('The first administrator has the key of BOOTSTRAP_ADMIN_KEY');
    });
  }

  async #write(key: string): Promise<void> {
    const file = path.join(this.options.dataDir, FILE);
    await mkdir(this.options.dataDir, { recursive: true });
    await writeFile(file, `${key}\n`, { mode: 0o600, flush: true });
    this.#log.warn(`The first administrator's API key is in ${file}`);
  }
}
