import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The registry: servers, their health state and children, search documents, and the change feed. */
export class Registry1764000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE EXTENSION IF NOT EXISTS pg_trgm');
    await queryRunner.query('CREATE EXTENSION IF NOT EXISTS btree_gin');
    await queryRunner.query(`
      CREATE TABLE mcp_servers (
        id uuid CONSTRAINT pk_mcp_servers PRIMARY KEY,
        tenant_id text NOT NULL,
        name text NOT NULL,
        version text NOT NULL,
        alias text NOT NULL,
        title text,
        description text,
        url text,
        transport_type text,
        status text NOT NULL,
        lifecycle text NOT NULL,
        is_latest boolean NOT NULL,
        owner text NOT NULL,
        visibility text NOT NULL,
        shared boolean NOT NULL DEFAULT false,
        tags text[] NOT NULL,
        settings jsonb NOT NULL,
        capabilities jsonb NOT NULL,
        eras jsonb NOT NULL,
        upstream_version text,
        instructions text,
        server_json jsonb,
        source text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        deleted_at timestamptz(3)
      )`);
    await queryRunner.query(`
      CREATE UNIQUE INDEX uq_mcp_servers_tenant_name_version
      ON mcp_servers (tenant_id, lower(name), version) WHERE deleted_at IS NULL`);
    await queryRunner.query(
      'CREATE UNIQUE INDEX uq_mcp_servers_tenant_alias ON mcp_servers (tenant_id, alias) WHERE is_latest',
    );
    await queryRunner.query(`
      CREATE TABLE server_health (
        server_id uuid CONSTRAINT pk_server_health PRIMARY KEY
          CONSTRAINT fk_server_health_server_id REFERENCES mcp_servers ON DELETE CASCADE,
        tenant_id text NOT NULL,
        next_check_at timestamptz(3) NOT NULL,
        last_checked_at timestamptz(3),
        last_synced_at timestamptz(3),
        last_recorded_at timestamptz(3),
        consecutive_failures integer NOT NULL DEFAULT 0,
        response_time_ms real,
        last_error text,
        fingerprint text
      )`);
    await queryRunner.query(`
      CREATE TABLE server_tools (
        id uuid CONSTRAINT pk_server_tools PRIMARY KEY,
        tenant_id text NOT NULL,
        server_id uuid NOT NULL CONSTRAINT fk_server_tools_server_id REFERENCES mcp_servers ON DELETE CASCADE,
        tool_name text NOT NULL,
        title text,
        description text,
        input_schema jsonb NOT NULL,
        output_schema jsonb,
        annotations jsonb,
        extra jsonb NOT NULL,
        definition_hash text NOT NULL,
        server_active boolean NOT NULL
      )`);
    await queryRunner.query(
      'CREATE UNIQUE INDEX uq_server_tools_server_id_tool_name ON server_tools (server_id, tool_name)',
    );
    await queryRunner.query(`
      CREATE TABLE tool_search (
        tool_id uuid CONSTRAINT pk_tool_search PRIMARY KEY
          CONSTRAINT fk_tool_search_tool_id REFERENCES server_tools ON DELETE CASCADE,
        tenant_id text NOT NULL,
        audience text NOT NULL,
        vector tsvector NOT NULL,
        trigram_text text NOT NULL
      )`);
    await queryRunner.query(`
      CREATE TABLE search_terms (
        word text CONSTRAINT pk_search_terms PRIMARY KEY,
        documents integer NOT NULL
      )`);
    await queryRunner.query(`
      CREATE TABLE server_resources (
        id uuid CONSTRAINT pk_server_resources PRIMARY KEY,
        tenant_id text NOT NULL,
        server_id uuid NOT NULL CONSTRAINT fk_server_resources_server_id REFERENCES mcp_servers ON DELETE CASCADE,
        uri text,
        uri_template text,
        resource_name text NOT NULL,
        resource_type text,
        description text,
        extra jsonb NOT NULL,
        definition_hash text NOT NULL,
        server_active boolean NOT NULL
      )`);
    await queryRunner.query(`
      CREATE UNIQUE INDEX uq_server_resources_server_id_uri
      ON server_resources (server_id, uri, uri_template) NULLS NOT DISTINCT`);
    await queryRunner.query(`
      CREATE TABLE server_prompts (
        id uuid CONSTRAINT pk_server_prompts PRIMARY KEY,
        tenant_id text NOT NULL,
        server_id uuid NOT NULL CONSTRAINT fk_server_prompts_server_id REFERENCES mcp_servers ON DELETE CASCADE,
        prompt_name text NOT NULL,
        description text,
        arguments jsonb,
        extra jsonb NOT NULL,
        definition_hash text NOT NULL,
        server_active boolean NOT NULL
      )`);
    await queryRunner.query(
      'CREATE UNIQUE INDEX uq_server_prompts_server_id_prompt_name ON server_prompts (server_id, prompt_name)',
    );
    await queryRunner.query(`
      CREATE TABLE catalogue_changes (
        id bigserial CONSTRAINT pk_catalogue_changes PRIMARY KEY,
        tenant_id text NOT NULL,
        server_id uuid NOT NULL,
        kind text NOT NULL,
        changed_at timestamptz(3) NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    // Extensions stay: other databases' objects in this one may have come to need them.
    await queryRunner.query(`
      DROP TABLE catalogue_changes, server_prompts, server_resources, search_terms, tool_search, server_tools,
        server_health, mcp_servers`);
  }
}
