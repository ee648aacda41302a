import { Column, Entity, Index, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Server } from './server.entity.js';

/** The health job's own state of a server, apart, so that a check does not touch the registry row. */
@Entity('server_health')
export class ServerHealth {
  @PrimaryColumn({ type: 'uuid' }) serverId!: string;
  @OneToOne(() => Server, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'server_id' }) server?: Relation<Server>;
  @Column({ type: 'text' }) tenantId!: string;
  @Index('idx_server_health_next_check_at')
  @Column({ type: 'timestamptz', precision: 3 })
  nextCheckAt!: Date;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) lastCheckedAt!: Date | null;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) lastSyncedAt!: Date | null;
  /** When the last row went to `health_checks`: an unchanged status is written once in 5 minutes. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) lastRecordedAt!: Date | null;
  @Column({ type: 'integer', default: 0 }) consecutiveFailures!: number;
  @Column({ type: 'real', nullable: true }) responseTimeMs!: number | null;
  @Column({ type: 'text', nullable: true }) lastError!: string | null;
  /** What the last full sync saw of the server's self-description; another one asks for a new sync. */
  @Column({ type: 'text', nullable: true }) fingerprint!: string | null;
}
