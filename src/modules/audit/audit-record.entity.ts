import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One row a call or change: append only. Daily partitions by `timestamp`. */
@Entity('mcp_audit_log')
@Index('idx_mcp_audit_user_id', { synchronize: false })
@Index('idx_mcp_audit_tool_name', { synchronize: false })
@Index('idx_mcp_audit_timestamp', { synchronize: false })
@Index('idx_mcp_audit_success', { synchronize: false })
@Index('idx_mcp_audit_user_tool', { synchronize: false })
@Index('idx_mcp_audit_recent', { synchronize: false })
@Index('idx_mcp_audit_chain', { synchronize: false })
@Index('idx_mcp_audit_server_id', { synchronize: false })
@Index('idx_mcp_audit_server', { synchronize: false })
@Index('idx_mcp_audit_action', { synchronize: false })
@Index('idx_mcp_audit_correlation', { synchronize: false })
export class AuditRecord {
  @PrimaryColumn({ type: 'timestamptz', precision: 3 }) timestamp!: Date;
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) tenantId!: string;
  @Column({ type: 'text' }) userId!: string;
  @Column({ type: 'text' }) principalKind!: string;
  @Column({ type: 'text', nullable: true }) clientId!: string | null;
  @Column({ type: 'text' }) action!: string;
  @Column({ type: 'uuid', nullable: true }) serverId!: string | null;
  @Column({ type: 'text', nullable: true }) serverName!: string | null;
  @Column({ type: 'text', nullable: true }) toolName!: string | null;
  @Column({ type: 'text', nullable: true }) definitionHash!: string | null;
  @Column({ type: 'text', nullable: true }) argumentsHash!: string | null;
  @Column({ type: 'jsonb', nullable: true }) arguments!: unknown;
  @Column({ type: 'text' }) state!: 'completed' | 'interrupted';
  @Column({ type: 'boolean', nullable: true }) success!: boolean | null;
  @Column({ type: 'text', nullable: true }) errorCode!: string | null;
  @Column({ type: 'real', nullable: true }) durationMs!: number | null;
  @Column({ type: 'integer', nullable: true }) requestBytes!: number | null;
  @Column({ type: 'integer', nullable: true }) responseBytes!: number | null;
  @Column({ type: 'text', nullable: true }) clientIp!: string | null;
  @Column({ type: 'text', nullable: true }) correlationId!: string | null;
  @Column({ type: 'text', nullable: true }) era!: string | null;
  @Column({ type: 'uuid', nullable: true }) writerId!: string | null;
  @Column({ type: 'bigint', nullable: true }) seq!: string | null;
  @Column({ type: 'bytea', nullable: true }) chainHash!: Buffer | null;
}
