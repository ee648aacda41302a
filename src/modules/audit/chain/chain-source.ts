import type { AuditRow, ChainedRow } from './audit-row.js';
import type { AnchorKind, NumberedAnchor } from './anchors.js';

export type Query = <Row>(sql: string, parameters?: readonly unknown[]) => Promise<Row[]>;

/** A stretch of time, from inclusive, to exclusive. */
export interface Window {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

interface AnchorRow {
  readonly id: string;
  readonly kind: AnchorKind;
  readonly writer_id: string;
  readonly from_seq: string | null;
  readonly seq: string;
  readonly chain_hash: string;
  readonly anchored_at: Date;
  readonly mac: string;
}

type StoredRow = Record<string, unknown> & { readonly timestamp: Date; readonly chain_hash: string | null };

const PAGE = 5000;

const ANCHORS = `/* audit.anchors */
  SELECT id, kind, writer_id, from_seq, seq, encode(chain_hash, 'hex') AS chain_hash, anchored_at, encode(mac, 'hex') AS mac
  FROM audit_anchors WHERE id > $1 ORDER BY id LIMIT $2`;

const ROWS = `/* audit.chain */
  SELECT timestamp, id, tenant_id, user_id, principal_kind, client_id, action, server_id, server_name, tool_name,
    definition_hash, arguments_hash, arguments, state, success, error_code, duration_ms, request_bytes, response_bytes,
    client_ip, correlation_id, era, writer_id, seq, encode(chain_hash, 'hex') AS chain_hash
  FROM mcp_audit_log WHERE writer_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`;

/** What a verification reads, in pages. */
export class ChainSource {
  constructor(private readonly query: Query) {}

  async *anchors(): AsyncGenerator<NumberedAnchor> {
    for (let after = '0'; ;) {
      const page = await this.query<AnchorRow>(ANCHORS, [after, PAGE]);
      for (const row of page) yield anchorOf(row);
      const last = page.at(-1);
      if (!last || page.length < PAGE) return;
      after = last.id;
    }
  }

  /** Who has rows in a window; `undefined` for rows that are in no chain. */
  async writers({ from, to }: Window): Promise<(string | undefined)[]> {
    const rows = await this.query<{ readonly writer_id: string | null }>(
      `/* audit.writers */ SELECT writer_id FROM mcp_audit_log
       WHERE timestamp >= coalesce($1::timestamptz, '-infinity') AND timestamp < coalesce($2::timestamptz, 'infinity')
       GROUP BY writer_id`,
      [from ?? null, to ?? null],
    );
    return rows.map((row) => row.writer_id ?? undefined);
  }

  /** A writer's rows with a higher `seq`, in its order, a page at a time; one is read while another is checked. */
  async *rows(writerId: string, afterSeq: number): AsyncGenerator<readonly ChainedRow[]> {
    let reading = this.#page(writerId, afterSeq);
    for (;;) {
      const page = await reading;
      const last = page.at(-1);
      if (!last) return;
      const more = page.length === PAGE;
      if (more) reading = this.#page(writerId, last.row.seq);
      // Whoever asks no more does not hear what became of it.
      reading.catch(() => undefined);
      yield page;
      if (!more) return;
    }
  }

  async #page(writerId: string, afterSeq: number): Promise<ChainedRow[]> {
    const page = await this.query<StoredRow>(ROWS, [writerId, afterSeq, PAGE]);
    return page.map(rowOf);
  }
}

function anchorOf(row: AnchorRow): NumberedAnchor {
  return {
    id: Number(row.id),
    kind: row.kind,
    writerId: row.writer_id,
    fromSeq: row.from_seq === null ? null : Number(row.from_seq),
    seq: Number(row.seq),
    chainHash: row.chain_hash,
    atMs: row.anchored_at.getTime(),
    mac: row.mac,
  };
}

/** The row as it was when it was chained. */
function rowOf(row: StoredRow): ChainedRow {
  const values: AuditRow = {
    timestampMs: row.timestamp.getTime(),
    id: row['id'] as string,
    tenantId: row['tenant_id'] as string,
    userId: row['user_id'] as string,
    principalKind: row['principal_kind'] as string,
    clientId: row['client_id'] as string | null,
    action: row['action'] as string,
    serverId: row['server_id'] as string | null,
    serverName: row['server_name'] as string | null,
    toolName: row['tool_name'] as string | null,
    definitionHash: row['definition_hash'] as string | null,
    argumentsHash: row['arguments_hash'] as string | null,
    arguments: row['arguments'],
    state: row['state'] as AuditRow['state'],
    success: row['success'] as boolean | null,
    errorCode: row['error_code'] as string | null,
    durationMs: row['duration_ms'] === null ? null : Math.fround(Number(row['duration_ms'])),
    requestBytes: row['request_bytes'] as number | null,
    responseBytes: row['response_bytes'] as number | null,
    clientIp: row['client_ip'] as string | null,
    correlationId: row['correlation_id'] as string | null,
    era: row['era'] as string | null,
    writerId: row['writer_id'] as string,
    seq: Number(row['seq']),
  };
  return { row: values, chainHash: row.chain_hash ?? '' };
}
