import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A token, or all of a subject's that were issued until a moment, refused until the last of them would have ended. */
@Entity('revocations')
export class Revocation {
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) tenantId!: string;
  /** SHA-256 of the token, in base64url; null for a subject's. */
  @Column({ type: 'text', nullable: true }) tokenHash!: string | null;
  @Column({ type: 'text', nullable: true }) subject!: string | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) issuedUntil!: Date | null;
  @Column({ type: 'text' }) revokedBy!: string;
  @Index('idx_revocations_expires_at')
  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt!: Date;
}
