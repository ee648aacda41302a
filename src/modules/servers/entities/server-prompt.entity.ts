import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { Json } from '../../../kernel/canonical-json.js';
import { Server } from './server.entity.js';

@Entity('server_prompts')
@Index('uq_server_prompts_server_id_prompt_name', ['serverId', 'promptName'], { unique: true })
@Index('idx_server_prompts_tenant_id', ['tenantId', 'promptName', 'id'])
@Index('idx_server_prompts_search', { synchronize: false })
export class ServerPrompt {
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) tenantId!: string;
  @Column({ type: 'uuid' }) serverId!: string;
  @ManyToOne(() => Server, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'server_id' }) server?: Relation<Server>;
  @Column({ type: 'text' }) promptName!: string;
  @Column({ type: 'text', nullable: true }) description!: string | null;
  @Column({ type: 'jsonb', nullable: true }) arguments!: Json | null;
  @Column({ type: 'jsonb' }) extra!: Readonly<Record<string, Json | undefined>>;
  @Column({ type: 'text' }) definitionHash!: string;
  @Column({ type: 'boolean' }) serverActive!: boolean;
}
