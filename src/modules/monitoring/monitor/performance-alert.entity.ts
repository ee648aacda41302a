import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Severity } from './alert-level.js';

/** An alert of one replica, open until `clearedAt`; one at a time for each metric and subject. */
@Entity('performance_alerts')
@Index('uq_performance_alerts_open', ['metric', 'subject', 'replica'], { unique: true, where: 'cleared_at IS NULL' })
export class PerformanceAlert {
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) metric!: string;
  /** What the figure is about; empty: the service itself. */
  @Column({ type: 'text' }) subject!: string;
  @Column({ type: 'text' }) replica!: string;
  @Column({ type: 'text' }) severity!: Severity;
  @Column({ type: 'double precision' }) value!: number;
  @Column({ type: 'text' }) unit!: string;
  @Column({ type: 'double precision' }) threshold!: number;
  @Column({ type: 'text' }) message!: string;
  @Column({ type: 'timestamptz', precision: 3 }) raisedAt!: Date;
  /** When its replica last said that it is still open: one that died cannot clear it. */
  @Column({ type: 'timestamptz', precision: 3 }) seenAt!: Date;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) clearedAt!: Date | null;
}
