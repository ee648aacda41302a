import { Logger } from '@nestjs/common';
import type { QueryRunner } from 'typeorm';
import { inTurn } from './partitions.js';

const log = new Logger('Migrations');

/** Tables in which the application may only add and read. */
const APPEND_ONLY = ['mcp_audit_log'];

/** The role that a connection URL names; libpq's default is the operating system's user. */
export function roleOf(url: string): string {
  const parsed = new URL(url);
  return decodeURIComponent(parsed.username) || (parsed.searchParams.get('user') ?? '');
}

/**
 * Gives the application's role what it needs and no more: the audit log can be appended to and read,
 * never changed. With one role for both nothing can be withheld, and the log says so.
 */
export async function grantApplicationRole(queryRunner: QueryRunner, applicationUrl: string): Promise<void> {
  const role = roleOf(applicationUrl);
  const [current] = (await queryRunner.query('SELECT current_user AS name')) as { readonly name: string }[];
  if (role === '' || role === current?.name) {
    log.warn(
      'The application uses the role that owns the tables: the database does not protect the audit log from it. Set DATABASE_OWNER_URL to a role of its own.',
    );
    return;
  }
  await inTurn(queryRunner, async () => {
    // As one: between GRANT and REVOKE the audit log would be open.
    await queryRunner.startTransaction();
    try {
      await grant(queryRunner, role);
      await queryRunner.commitTransaction();
    } catch (error) {
      await queryRunner.rollbackTransaction();
      throw error;
    }
  });
}

async function grant(queryRunner: QueryRunner, role: string): Promise<void> {
  const quoted = `"${role.replaceAll('"', '""')}"`;
  for (const statement of [
    `GRANT USAGE ON SCHEMA public TO ${quoted}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${quoted}`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${quoted}`,
    `REVOKE INSERT, UPDATE, DELETE ON migrations FROM ${quoted}`,
    `REVOKE UPDATE, DELETE ON secret_keys FROM ${quoted}`,
    `REVOKE UPDATE, DELETE ON audit_anchors FROM ${quoted}`,
  ]) {
    await queryRunner.query(statement);
  }
  for (const parent of APPEND_ONLY) {
    const partitions = (await queryRunner.query(
      'SELECT relid::regclass::text AS name FROM pg_partition_tree($1::regclass)',
      [parent],
    )) as { readonly name: string }[];
    for (const { name } of partitions) await queryRunner.query(`REVOKE UPDATE, DELETE ON ${name} FROM ${quoted}`);
  }
}
