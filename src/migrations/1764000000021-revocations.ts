import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tokens that are refused before their end. The table is empty, so its index needs no `CONCURRENTLY`. */
export class Revocations1764000000021 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE revocations (
        id uuid NOT NULL,
        tenant_id text NOT NULL,
        token_hash text,
        subject text,
        issued_until timestamptz(3),
        revoked_by text NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        CONSTRAINT pk_revocations PRIMARY KEY (id)
      )`);
    await queryRunner.query('CREATE INDEX idx_revocations_expires_at ON revocations (expires_at)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE revocations');
  }
}
