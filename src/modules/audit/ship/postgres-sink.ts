import pg from 'pg';
import { isMissingPartition } from '../../../database/database-errors.js';
import { type AuditAnchor, appendAnchors, type NumberedAnchor } from '../chain/anchors.js';
import type { ChainedRow } from '../chain/audit-row.js';
import type { KeyedDigest } from '../arguments/keyed-digest.js';
import type { SpooledIntent } from '../spool/spool-record.js';
import type { AuditSink, ChainEnd } from './audit-sink.js';

const CONNECT_WITHIN_MS = 5000;
/** A server that is frozen says nothing: the connection is given up, and what was sent is looked for on the next. */
const ANSWER_WITHIN_MS = 10_000;

const INSERT = `/* audit.insert */
  INSERT INTO mcp_audit_log (timestamp, id, tenant_id, user_id, principal_kind, client_id, action, server_id,
    server_name, tool_name, definition_hash, arguments_hash, arguments, state, success, error_code, duration_ms,
    request_bytes, response_bytes, client_ip, correlation_id, era, writer_id, seq, chain_hash)
  SELECT * FROM unnest($1::timestamptz[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::uuid[], $9::text[], $10::text[], $11::text[], $12::text[], $13::jsonb[], $14::text[], $15::boolean[],
    $16::text[], $17::real[], $18::integer[], $19::integer[], $20::text[], $21::text[], $22::text[], $23::uuid[],
    $24::bigint[], $25::bytea[])
  ON CONFLICT DO NOTHING`;

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
      rowsOf<{ seq: string; chain_hash: Buffer }>(
        client,
        '/* audit.chain_end */ SELECT seq, chain_hash FROM mcp_audit_log WHERE writer_id = $1 ORDER BY seq DESC LIMIT 1',
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
        await client.query(INSERT, columnsOf(rows));
        return;
      }
      await client.query('BEGIN');
      if (rows.length > 0) await client.query(INSERT, columnsOf(rows));
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

function columnsOf(rows: readonly ChainedRow[]): unknown[] {
  const column = (read: (row: ChainedRow) => unknown): unknown[] => rows.map(read);
  return [
    column((row) => new Date(row.timestampMs).toISOString()),
    column((row) => row.id),
    column((row) => row.tenantId),
    column((row) => row.userId),
    column((row) => row.principalKind),
    column((row) => row.clientId),
    column((row) => row.action),
    column((row) => row.serverId),
    column((row) => row.serverName),
    column((row) => row.toolName),
    column((row) => row.definitionHash),
    column((row) => row.argumentsHash),
    column((row) => (row.arguments === null ? null : JSON.stringify(row.arguments))),
    column((row) => row.state),
    column((row) => row.success),
    column((row) => row.errorCode),
    column((row) => row.durationMs),
    column((row) => row.requestBytes),
    column((row) => row.responseBytes),
    column((row) => row.clientIp),
    column((row) => row.correlationId),
    column((row) => row.era),
    column((row) => row.writerId),
    column((row) => row.seq),
    column((row) => row.chainHash),
  ];
}
