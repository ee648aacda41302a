import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { migrate } from '../../src/database/migrator.js';
import { ownerDataSource } from '../../src/database/owner-connection.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { startService } from '../support/service-process.js';

/** The names are a contract: dashboards and runbooks speak of them. */
const INDEXES = [
  'idx_mcp_servers_status',
  'idx_mcp_servers_transport',
  'idx_mcp_servers_created_at',
  'idx_mcp_servers_updated_at',
  'idx_mcp_servers_name',
  'idx_mcp_servers_url',
  'idx_server_tools_server_id',
  'idx_server_resources_server_id',
  'idx_health_checks_server_id',
  'idx_health_checks_timestamp',
  'idx_health_checks_status',
  'idx_server_tools_name',
  'idx_server_resources_type',
  'idx_server_tools_name_server_active',
  'idx_server_resources_type_server_active',
  'idx_mcp_audit_user_id',
  'idx_mcp_audit_tool_name',
  'idx_mcp_audit_timestamp',
  'idx_mcp_audit_success',
  'idx_mcp_audit_user_tool',
  'idx_mcp_audit_recent',
  'idx_request_logs_endpoint',
  'idx_request_logs_status',
  'idx_request_logs_timestamp',
  'idx_request_logs_response_time',
];

describe('migrations', () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeEach(async () => {
    database = await createTestDatabase({ empty: true });
    client = new pg.Client({ connectionString: database.urls.ownerUrl });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await database.close();
  });

  async function validIndexes(): Promise<string[]> {
    const { rows } = await client.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisvalid`,
    );
    return rows.map((row) => row.name);
  }

  const migrated = () => migrate(database.urls.ownerUrl, database.urls.url);

  it('make the 25 indexes of the contract, all valid, and once only', async () => {
    expect((await migrated()).length).toBeGreaterThan(2);
    expect(await validIndexes()).toEqual(expect.arrayContaining(INDEXES));
    expect(INDEXES).toHaveLength(25);
    expect(await migrated()).toEqual([]);
  });

  it('go down and up again', async () => {
    const ran = await migrated();
    const dataSource = await ownerDataSource(database.urls.ownerUrl).initialize();
    for (let i = 0; i < ran.length; i += 1) await dataSource.undoLastMigration({ transaction: 'none' });
    await dataSource.destroy();
    const { rows } = await client.query(`SELECT relname FROM pg_class WHERE relname = 'mcp_servers'`);
    expect(rows).toEqual([]);
    expect(await migrated()).toEqual(ran);
    expect(await validIndexes()).toEqual(expect.arrayContaining(INDEXES));
  });

  it('rebuild an index that an interrupted run left invalid', async () => {
    await migrated();
    await client.query('DROP INDEX idx_mcp_servers_url');
    await client.query(`
      INSERT INTO mcp_servers (id, tenant_id, name, version, alias, url, status, lifecycle, is_latest, owner, visibility, tags,
        settings, capabilities, eras, source, created_at, updated_at)
      SELECT gen_random_uuid(), 't', 'n' || i, '1', 'a' || i, 'same', 'unknown', 'active', true, 'o', 'tenant', '{}', '{}', '{}',
        '{}', 'test', now(), now() FROM generate_series(1, 2) i`);
    // A unique index over duplicates fails half-way, which is what leaves an invalid index behind.
    await expect(
      client.query('CREATE UNIQUE INDEX CONCURRENTLY idx_mcp_servers_url ON mcp_servers (url)'),
    ).rejects.toThrow();
    expect(await validIndexes()).not.toContain('idx_mcp_servers_url');
    await client.query(`DELETE FROM mcp_servers WHERE name = 'n2'`);
    await migrated();
    expect(await validIndexes()).toContain('idx_mcp_servers_url');
  });

  it('run once when four processes start together on an empty database', async () => {
    const { url, ownerUrl } = database.urls;
    const services = await Promise.all(
      Array.from({ length: 4 }, () =>
        startService({ DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl, SECRETS_KEY: 'k'.repeat(32) }),
      ),
    );
    try {
      await Promise.all(services.map((service) => service.ready()));
      expect(await validIndexes()).toEqual(expect.arrayContaining(INDEXES));
      const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations');
      expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
    } finally {
      for (const service of services) service.process.kill('SIGINT');
      await Promise.all(services.map((service) => service.ended()));
    }
  }, 90_000);

  it('are refused to be left out: MIGRATIONS_RUN=false on an old schema says what is missing', async () => {
    const service = await startService({
      DATABASE_URL: database.urls.url,
      MIGRATIONS_RUN: 'false',
      SECRETS_KEY: 'k'.repeat(32),
    });
    expect(await service.ended()).toBe(1);
    expect(service.output()).toMatch(/MIGRATIONS_RUN=false.*Registry\d+.*npm run migration:run/);
  });

  it('say that the audit log is not protected where the application owns the tables', async () => {
    const lines: string[] = [];
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((message: unknown) => void lines.push(String(message)));
    await migrate(database.urls.ownerUrl, database.urls.ownerUrl);
    vi.restoreAllMocks();
    expect(lines.join('\n')).toMatch(/does not protect the audit log.*DATABASE_OWNER_URL/);
  });

  it('leave the audit log append-only to the application where it has a role of its own', async () => {
    const { url, dropRole } = await applicationRole(database);
    await migrate(database.urls.ownerUrl, url);
    await client.query(
      `CREATE TABLE mcp_audit_log_20200101 PARTITION OF mcp_audit_log FOR VALUES FROM ('2020-01-01') TO ('2020-01-02')`,
    );
    const application = new pg.Client({ connectionString: url });
    await application.connect();
    await application.query(
      `INSERT INTO mcp_audit_log (timestamp, id, tenant_id, user_id, principal_kind, action, state)
       VALUES ('2020-01-01 12:00Z', gen_random_uuid(), 't', 'u', 'local', 'test', 'completed')`,
    );
    expect((await application.query('SELECT * FROM mcp_audit_log')).rowCount).toBe(1);
    for (const sql of [
      'UPDATE mcp_audit_log SET tenant_id = $1',
      'DELETE FROM mcp_audit_log WHERE tenant_id = $1',
      'DELETE FROM mcp_audit_log_20200101 WHERE tenant_id = $1',
    ]) {
      await expect(application.query(sql, ['t'])).rejects.toThrow(/permission denied/);
    }
    await application.end();
    await dropRole();
  });
});

/** The server's second role; where the tests were given one role for both, one that is made for the test. */
async function applicationRole({ urls }: TestDatabase): Promise<{ url: string; dropRole: () => Promise<void> }> {
  if (urls.url !== urls.ownerUrl) return { url: urls.url, dropRole: () => Promise.resolve() };
  const owner = new pg.Client({ connectionString: urls.ownerUrl });
  await owner.connect();
  const url = new URL(urls.url);
  url.username = `mreg_app_${randomBytes(4).toString('hex')}`;
  url.password = randomBytes(8).toString('hex');
  await owner.query(`CREATE ROLE ${url.username} LOGIN PASSWORD '${url.password}'`);
  return {
    url: url.href,
    dropRole: async () => {
      await owner.query(`DROP OWNED BY ${url.username}`);
      await owner.query(`DROP ROLE ${url.username}`);
      await owner.end();
    },
  };
}
