import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Anchors of the audit's chains, which outlive the partitions, and the indexes that the audit's queries need. On a
 * partitioned parent CONCURRENTLY is not allowed.
 */
export class AuditChain1764000000010 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit_anchors (
        id bigint NOT NULL,
        kind text NOT NULL,
        writer_id uuid NOT NULL,
        from_seq bigint,
        seq bigint NOT NULL,
        chain_hash bytea NOT NULL,
        anchored_at timestamptz(3) NOT NULL,
        mac bytea NOT NULL,
        CONSTRAINT pk_audit_anchors PRIMARY KEY (id)
      )`);
    for (const statement of [
      'CREATE INDEX idx_audit_anchors_writer ON audit_anchors (writer_id, seq)',
      'CREATE INDEX idx_mcp_audit_chain ON mcp_audit_log (writer_id, seq)',
      'CREATE INDEX idx_mcp_audit_tenant ON mcp_audit_log (tenant_id, timestamp DESC, id DESC)',
      'CREATE INDEX idx_mcp_audit_server ON mcp_audit_log (server_name, timestamp DESC, id DESC)',
      'CREATE INDEX idx_mcp_audit_action ON mcp_audit_log (action, timestamp DESC, id DESC)',
      'CREATE INDEX idx_mcp_audit_correlation ON mcp_audit_log (correlation_id, timestamp DESC, id DESC)',
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of ['correlation', 'action', 'server', 'tenant', 'chain']) {
      await queryRunner.query(`DROP INDEX idx_mcp_audit_${name}`);
    }
    await queryRunner.query('DROP TABLE audit_anchors');
  }
}
