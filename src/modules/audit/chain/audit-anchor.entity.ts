import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** How far a writer's chain had come at some moment. Append only, chained over all writers, never dropped by retention. */
@Entity('audit_anchors')
@Index('idx_audit_anchors_writer', ['writerId', 'seq'])
export class AuditAnchorRecord {
  /** Without a hole. */
  @PrimaryColumn({ type: 'bigint' }) id!: string;
  @Column({ type: 'text' }) kind!: string;
  @Column({ type: 'uuid' }) writerId!: string;
  @Column({ type: 'bigint', nullable: true }) fromSeq!: string | null;
  @Column({ type: 'bigint' }) seq!: string;
  @Column({ type: 'bytea' }) chainHash!: Buffer;
  @Column({ type: 'timestamptz', precision: 3 }) anchoredAt!: Date;
  @Column({ type: 'bytea' }) mac!: Buffer;
}
