import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** What a change was about; a reader that does not know a kind treats it as `server`. */
export type CatalogueChangeKind = 'server' | 'children' | 'health' | 'deleted';

/** `access`: not about a server but a key, whose id stands in its place: who is let in changed. */
export type ChangeKind = CatalogueChangeKind | 'access';

/** One line of the change feed. Ids are in the order of commits (see `change-feed.ts`). */
@Entity('catalogue_changes')
export class CatalogueChange {
  @PrimaryGeneratedColumn({ type: 'bigint' }) id!: string;
  @Column({ type: 'text' }) tenantId!: string;
  @Column({ type: 'uuid' }) serverId!: string;
  @Column({ type: 'text' }) kind!: ChangeKind;
  @Index('idx_catalogue_changes_changed_at')
  @Column({ type: 'timestamptz', precision: 3 })
  changedAt!: Date;
}
