import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One row a REST request. Daily partitions by `timestamp`. */
@Entity('request_logs')
@Index('idx_request_logs_endpoint', { synchronize: false })
@Index('idx_request_logs_status', { synchronize: false })
@Index('idx_request_logs_timestamp', { synchronize: false })
@Index('idx_request_logs_response_time', { synchronize: false })
export class RequestLog {
  @PrimaryColumn({ type: 'timestamptz', precision: 3 }) timestamp!: Date;
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  /** Route template, not the path asked for. */
  @Column({ type: 'text' }) endpoint!: string;
  @Column({ type: 'text' }) method!: string;
  @Column({ type: 'smallint' }) statusCode!: number;
  @Column({ type: 'real' }) responseTimeMs!: number;
  @Column({ type: 'text', nullable: true }) userId!: string | null;
  @Column({ type: 'text', nullable: true }) tenantId!: string | null;
  @Column({ type: 'text' }) correlationId!: string;
  @Column({ type: 'integer' }) bytes!: number;
}
