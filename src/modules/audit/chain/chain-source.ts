import type { ChainedRow } from './audit-row.js';
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
  readonly chain_hash: Buffer;
  readonly anchored_at: Date;
  readonly mac: Buffer;
}

type StoredRow = Record<string, unknown> & { readonly timestamp: Date; readonly chain_hash: Buffer | null };

const PAGE = 2000;

/** What a verification reads, in pages. */
export class ChainSource {
  constructor(private readonly query: Query) {}

  async *anchors(): AsyncGenerator<NumberedAnchor> {
    for (let after = '0'; ;) {
      const page = await this.query<AnchorRow>(
        '/* audit.anchors */ SELECT * FROM audit_anchors WHERE id > $1 ORDER BY id LIMIT $2',
        [after, PAGE],
      );
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

  /** A writer's rows with a higher `seq`, in its order, a page at a time. */
  async *rows(writerId: string, afterSeq: number): AsyncGenerator<readonly ChainedRow[]> {
    for (let after = afterSeq; ;) {
      const page = await this.query<StoredRow>(
        '/* audit.chain */ SELECT * FROM mcp_audit_log WHERE writer_id = $1 AND seq > $2 ORDER BY seq LIMIT $3',
        [writerId, after, PAGE],
      );
      const rows = page.map(rowOf);
      if (rows.length > 0) yield rows;
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return;
      after = last.seq;
    }
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
  return {
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
    state: row['state'] as ChainedRow['state'],
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
    chainHash: row.chain_hash ?? Buffer.alloc(0),
  };
}
