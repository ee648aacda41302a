import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Role } from '../../../kernel/role.js';

/** A machine's key. Of its secret there is a hash: 32 random bytes need no slow one. */
@Entity('api_keys')
@Index('idx_api_keys_tenant', ['tenantId', 'id'])
export class ApiKey {
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) tenantId!: string;
  @Column({ type: 'text' }) name!: string;
  @Index('uq_api_keys_selector', { unique: true })
  @Column({ type: 'text' })
  selector!: string;
  @Column({ type: 'bytea', select: false }) secretHash!: Buffer;
  /** The secret before the last rotation, good until `previousUntil`. */
  @Column({ type: 'bytea', select: false, nullable: true }) previousHash!: Buffer | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) previousUntil!: Date | null;
  @Column({ type: 'text', array: true }) roles!: Role[];
  @Column({ type: 'boolean' }) operator!: boolean;
  @Column({ type: 'text' }) createdBy!: string;
  @Column({ type: 'timestamptz', precision: 3 }) createdAt!: Date;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) expiresAt!: Date | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) lastUsedAt!: Date | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) revokedAt!: Date | null;
}
