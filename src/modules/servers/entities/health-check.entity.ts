import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ServerStatus } from '../../../kernel/words.js';

/** History: transitions, and one row in 5 minutes while nothing changes. Daily partitions by `checkedAt`. */
@Entity('health_checks')
@Index('idx_health_checks_server_id', { synchronize: false })
@Index('idx_health_checks_timestamp', { synchronize: false })
@Index('idx_health_checks_status', { synchronize: false })
export class HealthCheck {
  @PrimaryColumn({ type: 'timestamptz', precision: 3 }) checkedAt!: Date;
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) tenantId!: string;
  @Column({ type: 'uuid' }) serverId!: string;
  @Column({ type: 'text' }) status!: ServerStatus;
  @Column({ type: 'real', nullable: true }) responseTimeMs!: number | null;
  @Column({ type: 'text', nullable: true }) error!: string | null;
}
