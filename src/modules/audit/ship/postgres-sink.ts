import pg from 'pg';
import { isMissingPartition } from '../../../database/database-errors.js';
import { type AuditAnchor, appendAnchors, type NumberedAnchor } from '../chain/anchors.js';
import type { ChainedRow } from '../chain/audit-row.js';
import type { KeyedDigest } from '../arguments/keyed-digest.js';
import type { SpooledIntent } from '../spool/spool-record.js';
import type { AuditSink, ChainEnd } from './audit-sink.js';
import { INSERT_ROWS, insertParameters } from './insert-rows.js';

const CONNECT_WITHIN_MS = 5000;
/** A server that is frozen says nothing: the connection is given up, and what was sent is looked for on the next. */
const ANSWER_WITHIN_MS = 10_000;

export interface PostgresSinkOptions {
  readonly url: string;
  readonly digest: KeyedDigest;
  /** Makes the partitions that these rows need. */
  readonly createPartitions: (rows: readonly ChainedRow[]) => Promise<void>;
  readonly anchored: (anchor: NumberedAnchor) => void;
}

/** One connection, opened when it is needed and given up at the first failure. */
export class PostgresSink implements AuditSink {
  #client: pg.Client | undefined;

  constructor(private readonly options: PostgresSinkOptions) {}

  async chainEnd(writerId: string): Promise<ChainEnd | undefined> {
    const [end] = await this.#run((client) =>
      rowsOf<{ seq: string; chain_hash: string }>(
        client,
        `/* audit.chain_end */ SELECT seq, encode(chain_hash, 'hex') AS chain_hash
         FROM mcp_audit_log WHERE writer_id = $1 ORDER BY seq DESC LIMIT 1`,
        [writerId],
      ),
    );
    return end && { seq: Number(end.seq), chainHash: end.chain_hash };
  }

  async present(intents: readonly SpooledIntent[]): Promise<ReadonlySet<string>> {
    const found = await this.#run((client) =>
      rowsOf<{ id: string }>(
        client,
        `/* audit.present */ SELECT l.id FROM unnest($1::timestamptz[], $2::uuid[]) AS given (timestamp, id)
         JOIN mcp_audit_log l ON l.timestamp = given.timestamp AND l.id = given.id`,
        [intents.map(({ atMs }) => new Date(atMs)), intents.map(({ id }) => id)],
      ),
    );
    return new Set(found.map(({ id }) => id));
  }

  async append(rows: readonly ChainedRow[], anchors: readonly AuditAnchor[]): Promise<void> {
    try {
      await this.#appendOnce(rows, anchors);
    } catch (error) {
      if (!isMissingPartition(error)) throw error;
      await this.options.createPartitions(rows);
      await this.#appendOnce(rows, anchors);
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  #appendOnce(rows: readonly ChainedRow[], anchors: readonly AuditAnchor[]): Promise<void> {
    return this.#run(async (client) => {
      if (anchors.length === 0) {
        await client.query(INSERT_ROWS, insertParameters(rows));
        return;
      }
      await client.query('BEGIN');
      if (rows.length > 0) await client.query(INSERT_ROWS, insertParameters(rows));
      const query = (sql: string, parameters: unknown[] = []): Promise<unknown> => rowsOf(client, sql, parameters);
      const numbered = await appendAnchors(query, this.options.digest, anchors);
      await client.query('COMMIT');
      numbered.forEach(this.options.anchored);
    });
  }

  async #run<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = (this.#client ??= await this.#connect());
    try {
      return await work(client);
    } catch (error) {
      this.#giveUp(client);
      throw error;
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.options.url,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      statement_timeout: ANSWER_WITHIN_MS,
      keepAlive: true,
      application_name: 'mcp-registry-gateway audit',
      options: '-c jit=off',
    });
    client.on('error', () => {
      this.#giveUp(client);
    });
    await client.connect();
    return client;
  }

  /** Not waited for: a server that is frozen does not say goodbye either. */
  #giveUp(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined;
    client.end().catch(() => undefined);
  }
}

async function rowsOf<Row extends object>(client: pg.Client, sql: string, parameters: unknown[]): Promise<Row[]> {
  return (await client.query<Row>(sql, parameters)).rows;
}
