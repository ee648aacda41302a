import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The fingerprint of a key of `SECRETS_KEY` that this database's secrets were made with. Never the key. */
@Entity('secret_keys')
export class SecretKeyFingerprint {
  @PrimaryColumn({ type: 'text' }) fingerprint!: string;
  @Column({ type: 'timestamptz', precision: 3 }) firstUsedAt!: Date;
}
