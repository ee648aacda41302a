import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Server } from '../entities/server.entity.js';
import type { CredentialKind } from './credential.js';

/** What an upstream wants to see, encrypted. Bound to the server and the origin it was given for. */
@Entity('upstream_credentials')
export class UpstreamCredential {
  @PrimaryColumn({ type: 'uuid' }) serverId!: string;
  @OneToOne(() => Server, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'server_id' }) server?: Relation<Server>;
  @Column({ type: 'text' }) tenantId!: string;
  @Column({ type: 'text' }) kind!: CredentialKind;
  @Column({ type: 'text' }) origin!: string;
  @Column({ type: 'bytea', select: false }) ciphertext!: Buffer;
  @Column({ type: 'text' }) keyId!: string;
  @Column({ type: 'timestamptz', precision: 3 }) updatedAt!: Date;
}
