import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Fewer and smaller indexes for the audit log: a good half of what an insert costs is theirs. The latest events are
 * asked for in one tenant, so `recent` begins with it and the tenant needs none of its own. Most rows are tools/call:
 * that action is found in `recent`, the others in a small index. A correlation id has few rows. And servers are
 * found by id too.
 */
export class AuditIndexes1764000000011 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      'DROP INDEX idx_mcp_audit_recent, idx_mcp_audit_tenant, idx_mcp_audit_action, idx_mcp_audit_correlation',
      'CREATE INDEX idx_mcp_audit_recent ON mcp_audit_log (tenant_id, timestamp DESC, id DESC)',
      `CREATE INDEX idx_mcp_audit_action ON mcp_audit_log (action, timestamp DESC, id DESC) WHERE action <> 'tools/call'`,
      'CREATE INDEX idx_mcp_audit_correlation ON mcp_audit_log (correlation_id)',
      'CREATE INDEX idx_mcp_audit_server_id ON mcp_audit_log (server_id, timestamp DESC, id DESC)',
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      'DROP INDEX idx_mcp_audit_recent, idx_mcp_audit_action, idx_mcp_audit_correlation, idx_mcp_audit_server_id',
      'CREATE INDEX idx_mcp_audit_recent ON mcp_audit_log (timestamp DESC, id DESC)',
      'CREATE INDEX idx_mcp_audit_tenant ON mcp_audit_log (tenant_id, timestamp DESC, id DESC)',
      'CREATE INDEX idx_mcp_audit_action ON mcp_audit_log (action, timestamp DESC, id DESC)',
      'CREATE INDEX idx_mcp_audit_correlation ON mcp_audit_log (correlation_id, timestamp DESC, id DESC)',
    ]) {
      await queryRunner.query(statement);
    }
  }
}
