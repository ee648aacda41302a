import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DatabaseAccess } from '../../../database/database-access.js';
import { owned } from '../../../database/scope-sql.js';
import type { Role } from '../../../kernel/role.js';
import type { Scope } from '../../../kernel/scope.js';

/** A key as its administrators see it. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly selector: string;
  readonly roles: readonly Role[];
  readonly operator: boolean;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** What it takes to let a key in. */
export interface ApiKeyProof extends ApiKeyRecord {
  readonly secretHash: Buffer;
  readonly previousHash: Buffer | null;
  readonly previousUntil: Date | null;
}

export type NewApiKey = Omit<ApiKeyProof, 'lastUsedAt' | 'revokedAt' | 'previousHash' | 'previousUntil'>;

const COLUMNS = `k.id, k.tenant_id AS "tenantId", k.name, k.selector, k.roles, k.operator, k.created_by AS "createdBy",
  k.created_at AS "createdAt", k.expires_at AS "expiresAt", k.last_used_at AS "lastUsedAt", k.revoked_at AS "revokedAt"`;
const PROOF = `${COLUMNS}, k.secret_hash AS "secretHash", k.previous_hash AS "previousHash",
  k.previous_until AS "previousUntil"`;

@Injectable()
export class ApiKeysRepository {
  constructor(private readonly database: DatabaseAccess) {}

  /** Whatever its tenant: nobody is known yet. */
  async proofOf(selector: string): Promise<ApiKeyProof | undefined> {
    const [row] = await this.database.query<ApiKeyProof>(
      `/* api_keys.proof */ SELECT ${PROOF} FROM api_keys k WHERE k.selector = $1`,
      [selector],
    );
    return row;
  }

  /** Newest first, revoked ones too; `afterId` is the last id of the page before. */
  async page(scope: Scope, limit: number, afterId?: string): Promise<ApiKeyRecord[]> {
    const own = owned(scope, 'k', 3);
    return this.database.query<ApiKeyRecord>(
      `/* api_keys.page */ SELECT ${COLUMNS} FROM api_keys k
       WHERE ($1::uuid IS NULL OR k.id < $1) AND ${own.sql} ORDER BY k.id DESC LIMIT $2`,
      [afterId ?? null, limit, ...own.parameters],
    );
  }

  async lock(manager: EntityManager, scope: Scope, id: string): Promise<ApiKeyRecord | undefined> {
    const own = owned(scope, 'k', 2);
    const rows = (await manager.query(
      `/* api_keys.lock */ SELECT ${COLUMNS} FROM api_keys k WHERE k.id = $1 AND ${own.sql} FOR UPDATE`,
      [id, ...own.parameters],
    )) as ApiKeyRecord[];
    return rows[0];
  }

  /** @returns whether it is new: a selector that is there already stays as it is. */
  async insert(manager: EntityManager, key: NewApiKey): Promise<boolean> {
    const rows = (await manager.query(
      `/* api_keys.insert */ INSERT INTO api_keys
         (id, tenant_id, name, selector, secret_hash, roles, operator, created_by, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (selector) DO NOTHING RETURNING id`,
      [
        key.id,
        key.tenantId,
        key.name,
        key.selector,
        key.secretHash,
        key.roles,
        key.operator,
        key.createdBy,
        key.createdAt,
        key.expiresAt,
      ],
    )) as unknown[];
    return rows.length > 0;
  }

  /** The secret that was is good until `previousUntil`. */
  async rotate(manager: EntityManager, id: string, secretHash: Buffer, previousUntil: Date): Promise<void> {
    await manager.query(
      `/* api_keys.rotate */ UPDATE api_keys
       SET previous_hash = secret_hash, previous_until = $3, secret_hash = $2 WHERE id = $1`,
      [id, secretHash, previousUntil],
    );
  }

  async revoke(manager: EntityManager, id: string, at: Date): Promise<void> {
    await manager.query('/* api_keys.revoke */ UPDATE api_keys SET revoked_at = $2 WHERE id = $1', [id, at]);
  }

  /** Whether there is any key, under a lock that makes replicas that ask at once ask in turn. */
  async anyUnderLock(manager: EntityManager): Promise<boolean> {
    await manager.query("/* api_keys.bootstrap_lock */ SELECT pg_advisory_xact_lock(hashtextextended('api_keys', 0))");
    const [row] = (await manager.query('/* api_keys.any */ SELECT EXISTS (SELECT 1 FROM api_keys) AS "any"')) as {
      readonly any: boolean;
    }[];
    return row?.any === true;
  }

  async markUsed(uses: readonly { readonly id: string; readonly at: Date }[]): Promise<void> {
    await this.database.query(
      `/* api_keys.used */ UPDATE api_keys k SET last_used_at = used.at
       FROM unnest($1::uuid[], $2::timestamptz[]) AS used (id, at)
       WHERE k.id = used.id AND (k.last_used_at IS NULL OR k.last_used_at < used.at)`,
      [uses.map(({ id }) => id), uses.map(({ at }) => at)],
    );
  }
}
