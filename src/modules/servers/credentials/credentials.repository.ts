import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DatabaseAccess } from '../../../database/database-access.js';
import { owned } from '../../../database/scope-sql.js';
import type { Scope } from '../../../kernel/scope.js';
import type { CredentialKind } from './credential.js';
import type { SealedCredential } from './credential-codec.js';

/** A stored credential, as it lies there. */
export interface StoredCredential extends SealedCredential {
  readonly serverId: string;
  readonly origin: string;
}

export interface NewCredential extends StoredCredential {
  readonly tenantId: string;
  readonly kind: CredentialKind;
}

const COLUMNS = 'c.server_id AS "serverId", c.origin, c.ciphertext, c.key_id AS "keyId"';

@Injectable()
export class CredentialsRepository {
  constructor(private readonly database: DatabaseAccess) {}

  async find(scope: Scope, serverId: string): Promise<StoredCredential | undefined> {
    const own = owned(scope, 'c', 2);
    const [row] = await this.database.query<StoredCredential>(
      `/* credentials.find */ SELECT ${COLUMNS} FROM upstream_credentials c WHERE c.server_id = $1 AND ${own.sql}`,
      [serverId, ...own.parameters],
    );
    return row;
  }

  /** In place of the one that is there. */
  async put(manager: EntityManager, credential: NewCredential, now: Date): Promise<void> {
    const { serverId, tenantId, kind, origin, ciphertext, keyId } = credential;
    await manager.query(
      `/* credentials.put */ INSERT INTO upstream_credentials
         (server_id, tenant_id, kind, origin, ciphertext, key_id, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (server_id) DO UPDATE SET kind = EXCLUDED.kind, origin = EXCLUDED.origin,
         ciphertext = EXCLUDED.ciphertext, key_id = EXCLUDED.key_id, updated_at = EXCLUDED.updated_at`,
      [serverId, tenantId, kind, origin, ciphertext, keyId, now],
    );
  }

  /** @returns whether there was one. */
  async remove(manager: EntityManager, serverId: string): Promise<boolean> {
    const [, count] = (await manager.query(
      '/* credentials.remove */ DELETE FROM upstream_credentials WHERE server_id = $1',
      [serverId],
    )) as [unknown[], number];
    return count > 0;
  }
}
