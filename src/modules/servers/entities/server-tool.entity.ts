import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { Json } from '../../../kernel/canonical-json.js';
import { Server } from './server.entity.js';

@Entity('server_tools')
@Index('uq_server_tools_server_id_tool_name', ['serverId', 'toolName'], { unique: true })
@Index('idx_server_tools_server_id', ['serverId', 'id'])
@Index('idx_server_tools_name', ['toolName', 'tenantId', 'id'])
@Index('idx_server_tools_name_server_active', ['toolName', 'tenantId', 'id'], { where: 'server_active' })
@Index('idx_server_tools_tenant_id', ['tenantId', 'toolName', 'id'])
export class ServerTool {
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) tenantId!: string;
  @Column({ type: 'uuid' }) serverId!: string;
  @ManyToOne(() => Server, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'server_id' }) server?: Relation<Server>;
  @Column({ type: 'text' }) toolName!: string;
  @Column({ type: 'text', nullable: true }) title!: string | null;
  @Column({ type: 'text', nullable: true }) description!: string | null;
  @Column({ type: 'jsonb' }) inputSchema!: Json;
  @Column({ type: 'jsonb', nullable: true }) outputSchema!: Json | null;
  @Column({ type: 'jsonb', nullable: true }) annotations!: Json | null;
  /** Every other member of the raw definition, so that nothing of it is lost. */
  @Column({ type: 'jsonb' }) extra!: Readonly<Record<string, Json | undefined>>;
  /** SHA-256 over RFC 8785 canonical JSON of the whole raw definition. */
  @Column({ type: 'text' }) definitionHash!: string;
  @Column({ type: 'boolean' }) serverActive!: boolean;
}
