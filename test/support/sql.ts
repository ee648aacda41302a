import pg from 'pg';

/** Tables that a refused request must leave as they were. */
const CATALOGUE = [
  'mcp_servers',
  'server_health',
  'server_tools',
  'server_resources',
  'server_prompts',
  'tool_search',
  'health_checks',
  'catalogue_changes',
] as const;

/** A connection of the test's own, to look behind the service. */
export class Sql {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 1 });
    // The database may be dropped before the pool is closed.
    this.#pool.on('error', () => undefined);
  }

  async rows<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query<Row>(sql, [...parameters])).rows;
  }

  /** How many rows each table of the catalogue has. */
  async counts(): Promise<Record<string, number>> {
    const each = CATALOGUE.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
    const [counts] = await this.rows<Record<string, number>>(`SELECT ${each.join(', ')}`);
    return counts ?? {};
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
