import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The three log tables, partitioned by day. Their indexes stand on the parents, where CONCURRENTLY is
 * not allowed and, with empty tables, not needed. Partitions are made by the partition job.
 */
export class Logs1764000000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE health_checks (
        checked_at timestamptz(3) NOT NULL,
        id uuid NOT NULL,
        tenant_id text NOT NULL,
        server_id uuid NOT NULL,
        status text NOT NULL,
        response_time_ms real,
        error text,
        CONSTRAINT pk_health_checks PRIMARY KEY (checked_at, id)
      ) PARTITION BY RANGE (checked_at)`);
    await queryRunner.query(`
      CREATE TABLE mcp_audit_log (
        timestamp timestamptz(3) NOT NULL,
        id uuid NOT NULL,
        tenant_id text NOT NULL,
        user_id text NOT NULL,
        principal_kind text NOT NULL,
        client_id text,
        action text NOT NULL,
        server_id uuid,
        server_name text,
        tool_name text,
        definition_hash text,
        arguments_hash text,
        arguments jsonb,
        state text NOT NULL,
        success boolean,
        error_code text,
        duration_ms real,
        request_bytes integer,
        response_bytes integer,
        client_ip text,
        correlation_id text,
        era text,
        writer_id uuid,
        seq bigint,
        chain_hash bytea,
        CONSTRAINT pk_mcp_audit_log PRIMARY KEY (timestamp, id)
      ) PARTITION BY RANGE (timestamp)`);
    await queryRunner.query(`
      CREATE TABLE request_logs (
        timestamp timestamptz(3) NOT NULL,
        id uuid NOT NULL,
        endpoint text NOT NULL,
        method text NOT NULL,
        status_code smallint NOT NULL,
        response_time_ms real NOT NULL,
        user_id text,
        tenant_id text,
        correlation_id text NOT NULL,
        bytes integer NOT NULL,
        CONSTRAINT pk_request_logs PRIMARY KEY (timestamp, id)
      ) PARTITION BY RANGE (timestamp)`);
    for (const statement of [
      'CREATE INDEX idx_health_checks_server_id ON health_checks (server_id, checked_at DESC, id DESC)',
      'CREATE INDEX idx_health_checks_timestamp ON health_checks (checked_at DESC)',
      'CREATE INDEX idx_health_checks_status ON health_checks (status, checked_at DESC)',
      'CREATE INDEX idx_mcp_audit_user_id ON mcp_audit_log (user_id, timestamp DESC, id DESC)',
      'CREATE INDEX idx_mcp_audit_tool_name ON mcp_audit_log (tool_name, timestamp DESC, id DESC)',
      'CREATE INDEX idx_mcp_audit_timestamp ON mcp_audit_log (timestamp DESC)',
      'CREATE INDEX idx_mcp_audit_success ON mcp_audit_log (success, timestamp DESC, id DESC)',
      'CREATE INDEX idx_mcp_audit_user_tool ON mcp_audit_log (user_id, tool_name, timestamp DESC, id DESC)',
      'CREATE INDEX idx_mcp_audit_recent ON mcp_audit_log (timestamp DESC, id DESC)',
      'CREATE INDEX idx_request_logs_endpoint ON request_logs (endpoint, timestamp DESC)',
      'CREATE INDEX idx_request_logs_status ON request_logs (status_code, timestamp DESC)',
      'CREATE INDEX idx_request_logs_timestamp ON request_logs (timestamp DESC)',
      'CREATE INDEX idx_request_logs_response_time ON request_logs (response_time_ms, timestamp DESC)',
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE request_logs, mcp_audit_log, health_checks');
  }
}
