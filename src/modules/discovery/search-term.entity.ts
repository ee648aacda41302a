import { Column, Entity, PrimaryColumn } from 'typeorm';

/** In how many search documents a word stands: the denominator of its inverse document frequency. */
@Entity('search_terms')
export class SearchTerm {
  @PrimaryColumn({ type: 'text' }) word!: string;
  @Column({ type: 'integer' }) documents!: number;
}
