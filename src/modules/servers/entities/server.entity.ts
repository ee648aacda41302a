import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Eras, Lifecycle, ServerStatus, TransportType, Visibility } from '../../../kernel/words.js';

/** Limits and weights that the owner sets for its server. */
export interface ServerSettings {
  readonly timeoutMs?: number;
  readonly maxInFlight?: number;
  readonly weight?: number;
}

/**
 * One version of a registered server. `updatedAt` changes with the entry, never with its health.
 * A deleted entry stays as a tombstone for incremental sync.
 */
@Entity('mcp_servers')
@Index('uq_mcp_servers_tenant_name_version', { synchronize: false })
@Index('uq_mcp_servers_tenant_alias', ['tenantId', 'alias'], { unique: true, where: 'is_latest' })
@Index('idx_mcp_servers_tenant_id', ['tenantId', 'id'])
@Index('idx_mcp_servers_status', ['status', 'tenantId', 'id'])
@Index('idx_mcp_servers_transport', ['transportType', 'tenantId', 'id'])
@Index('idx_mcp_servers_created_at', { synchronize: false })
@Index('idx_mcp_servers_updated_at', { synchronize: false })
@Index('idx_mcp_servers_name', { synchronize: false })
@Index('idx_mcp_servers_url', ['url'])
@Index('idx_mcp_servers_shared', ['id'], { where: 'shared' })
@Index('idx_mcp_servers_tags', { synchronize: false })
@Index('idx_mcp_servers_text', { synchronize: false })
@Index('idx_mcp_servers_search', { synchronize: false })
export class Server {
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) tenantId!: string;
  @Column({ type: 'text' }) name!: string;
  @Column({ type: 'text' }) version!: string;
  @Column({ type: 'text' }) alias!: string;
  @Column({ type: 'text', nullable: true }) title!: string | null;
  @Column({ type: 'text', nullable: true }) description!: string | null;
  @Column({ type: 'text', nullable: true }) url!: string | null;
  @Column({ type: 'text', nullable: true }) transportType!: TransportType | null;
  @Column({ type: 'text' }) status!: ServerStatus;
  @Column({ type: 'text' }) lifecycle!: Lifecycle;
  @Column({ type: 'boolean' }) isLatest!: boolean;
  @Column({ type: 'text' }) owner!: string;
  @Column({ type: 'text' }) visibility!: Visibility;
  @Column({ type: 'boolean', default: false }) shared!: boolean;
  @Column({ type: 'text', array: true }) tags!: string[];
  @Column({ type: 'jsonb' }) settings!: ServerSettings;
  @Column({ type: 'jsonb' }) capabilities!: object;
  @Column({ type: 'jsonb' }) eras!: Eras;
  @Column({ type: 'text', nullable: true }) upstreamVersion!: string | null;
  @Column({ type: 'text', nullable: true }) instructions!: string | null;
  @Column({ type: 'jsonb', nullable: true }) serverJson!: object | null;
  @Column({ type: 'text' }) source!: string;
  @Column({ type: 'timestamptz', precision: 3 }) createdAt!: Date;
  @Column({ type: 'timestamptz', precision: 3 }) updatedAt!: Date;
  @Column({ type: 'timestamptz', precision: 3, nullable: true }) deletedAt!: Date | null;
}
