import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { Json } from '../../../kernel/canonical-json.js';
import { Server } from './server.entity.js';

/** A resource (`uri`) or a resource template (`uriTemplate`): exactly one of the two is set. */
@Entity('server_resources')
@Index('uq_server_resources_server_id_uri', { synchronize: false })
@Index('idx_server_resources_server_id', ['serverId', 'id'])
@Index('idx_server_resources_type', ['resourceType', 'tenantId', 'id'])
@Index('idx_server_resources_type_server_active', ['resourceType', 'tenantId', 'id'], { where: 'server_active' })
@Index('idx_server_resources_tenant_id', ['tenantId', 'resourceName', 'id'])
@Index('idx_server_resources_search', { synchronize: false })
@Index('idx_server_resources_uri', { synchronize: false })
export class ServerResource {
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) tenantId!: string;
  @Column({ type: 'uuid' }) serverId!: string;
  @ManyToOne(() => Server, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'server_id' }) server?: Relation<Server>;
  @Column({ type: 'text', nullable: true }) uri!: string | null;
  @Column({ type: 'text', nullable: true }) uriTemplate!: string | null;
  @Column({ type: 'text' }) resourceName!: string;
  /** MIME type. */
  @Column({ type: 'text', nullable: true }) resourceType!: string | null;
  @Column({ type: 'text', nullable: true }) description!: string | null;
  @Column({ type: 'jsonb' }) extra!: Readonly<Record<string, Json | undefined>>;
  @Column({ type: 'text' }) definitionHash!: string;
  @Column({ type: 'boolean' }) serverActive!: boolean;
}
