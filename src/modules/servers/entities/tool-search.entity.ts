import { Column, Entity, Index, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { ServerTool } from './server-tool.entity.js';

/** A tool's search document, apart, so that a server's health change does not rewrite its index entries. */
@Entity('tool_search')
@Index('idx_tool_search_vector', { synchronize: false })
@Index('idx_tool_search_text', { synchronize: false })
export class ToolSearch {
  @PrimaryColumn({ type: 'uuid' }) toolId!: string;
  @OneToOne(() => ServerTool, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'tool_id' }) tool?: Relation<ServerTool>;
  @Column({ type: 'text' }) tenantId!: string;
  /** Who finds it, as `searchAudience` says: what a search filters by, inside the index. */
  @Column({ type: 'text' }) audience!: string;
  /** Weights: A name, B server, C title and description, D parameters. */
  @Column({ type: 'tsvector' }) vector!: string;
  /** The tool's name and title in lower case, for trigrams when no word matches. */
  @Column({ type: 'text' }) trigramText!: string;
}
