import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Encrypted credentials of upstreams, and the fingerprints of the keys that secrets here were made with. */
export class UpstreamCredentials1764000000004 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE upstream_credentials (
        server_id uuid CONSTRAINT pk_upstream_credentials PRIMARY KEY
          CONSTRAINT fk_upstream_credentials_server_id REFERENCES mcp_servers ON DELETE CASCADE,
        tenant_id text NOT NULL,
        kind text NOT NULL,
        origin text NOT NULL,
        ciphertext bytea NOT NULL,
        key_id text NOT NULL,
        updated_at timestamptz(3) NOT NULL
      )`);
    await queryRunner.query(`
      CREATE TABLE secret_keys (
        fingerprint text CONSTRAINT pk_secret_keys PRIMARY KEY,
        first_used_at timestamptz(3) NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE secret_keys, upstream_credentials');
  }
}
