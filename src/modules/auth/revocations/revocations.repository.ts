import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DatabaseAccess } from '../../../database/database-access.js';

export interface RevocationRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly tokenHash: string | null;
  readonly subject: string | null;
  readonly issuedUntil: Date | null;
  readonly revokedBy: string;
  readonly expiresAt: Date;
}

@Injectable()
export class RevocationsRepository {
  constructor(private readonly database: DatabaseAccess) {}

  /** Of all tenants: whom they concern is decided by tenant and subject. */
  inForce(now: Date): Promise<RevocationRecord[]> {
    return this.database.query<RevocationRecord>(
      `/* revocations.in_force */ SELECT r.id, r.tenant_id AS "tenantId", r.token_hash AS "tokenHash", r.subject,
         r.issued_until AS "issuedUntil", r.revoked_by AS "revokedBy", r.expires_at AS "expiresAt"
       FROM revocations r WHERE r.expires_at > $1`,
      [now],
    );
  }

  async insert(manager: EntityManager, given: RevocationRecord): Promise<void> {
    await manager.query(
      `/* revocations.insert */ INSERT INTO revocations
         (id, tenant_id, token_hash, subject, issued_until, revoked_by, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [given.id, given.tenantId, given.tokenHash, given.subject, given.issuedUntil, given.revokedBy, given.expiresAt],
    );
  }

  async prune(now: Date): Promise<void> {
    await this.database.query('/* revocations.prune */ DELETE FROM revocations WHERE expires_at <= $1', [now]);
  }
}
