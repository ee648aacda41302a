import type { QueryRunner } from 'typeorm';

interface IndexState {
  readonly valid: boolean;
}

/**
 * `CREATE INDEX CONCURRENTLY`, safe to run again: what an interrupted run left behind as INVALID is
 * dropped and built anew, a valid index is left alone.
 */
export async function createIndexConcurrently(queryRunner: QueryRunner, name: string, on: string): Promise<void> {
  const [state] = (await queryRunner.query(
    `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)`,
    [name],
  )) as IndexState[];
  if (state?.valid === true) return;
  if (state) await queryRunner.query(`DROP INDEX CONCURRENTLY ${name}`);
  await queryRunner.query(`CREATE INDEX CONCURRENTLY ${name} ON ${on}`);
}

/**
 * Rebuilds every INVALID index of this schema's plain tables and returns their names. Call it under
 * the migration lock only: an index that another process is building is INVALID until it is done.
 */
export async function rebuildInvalidIndexes(queryRunner: QueryRunner): Promise<string[]> {
  const invalid = (await queryRunner.query(`
    SELECT c.relname AS name
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.relnamespace = current_schema()::regnamespace
    ORDER BY c.relname`)) as { readonly name: string }[];
  for (const { name } of invalid) {
    // What an interrupted REINDEX CONCURRENTLY leaves is a second index, not ours to keep.
    const leftover = /_ccnew\d*$|_ccold\d*$/.test(name);
    await queryRunner.query(leftover ? `DROP INDEX CONCURRENTLY "${name}"` : `REINDEX INDEX CONCURRENTLY "${name}"`);
  }
  return invalid.map(({ name }) => name);
}
