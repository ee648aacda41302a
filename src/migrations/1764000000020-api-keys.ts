import type { MigrationInterface, QueryRunner } from 'typeorm';

/** API keys for machines. The table is empty, so its indexes need no `CONCURRENTLY`. */
export class ApiKeys1764000000020 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE api_keys (
        id uuid NOT NULL,
        tenant_id text NOT NULL,
        name text NOT NULL,
        selector text NOT NULL,
        secret_hash bytea NOT NULL,
        previous_hash bytea,
        previous_until timestamptz(3),
        roles text[] NOT NULL,
        operator boolean NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        revoked_at timestamptz(3),
        CONSTRAINT pk_api_keys PRIMARY KEY (id)
      )`);
    await queryRunner.query('CREATE UNIQUE INDEX uq_api_keys_selector ON api_keys (selector)');
    await queryRunner.query('CREATE INDEX idx_api_keys_tenant ON api_keys (tenant_id, id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE api_keys');
  }
}
