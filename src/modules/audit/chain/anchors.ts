import type { KeyedDigest } from '../arguments/keyed-digest.js';

/**
 * `start`: a writer's first, before its first row. `hourly` and `final`: its last row by then. `retention`: the rows
 * `fromSeq` to `seq` were dropped with their partition, and the last of them had this hash.
 */
export type AnchorKind = 'start' | 'hourly' | 'final' | 'retention';

export interface AuditAnchor {
  readonly kind: AnchorKind;
  readonly writerId: string;
  readonly fromSeq: number | null;
  readonly seq: number;
  /** In hex. */
  readonly chainHash: string;
  readonly atMs: number;
}

export interface NumberedAnchor extends AuditAnchor {
  readonly id: number;
  /** In hex. */
  readonly mac: string;
}

type Query = (sql: string, parameters?: unknown[]) => Promise<unknown>;

/** Any constant: anchors are numbered one after the other. */
const ANCHORS_LOCK = 7_304_118_205;

/** How PostgreSQL reads `bytea` from text. */
export const BYTEA_HEX = '\\x';

/** What the first anchor of all is chained to. */
export const NO_ANCHOR = '00'.repeat(32);

export function anchorMac(digest: KeyedDigest, previous: string, id: number, anchor: AuditAnchor): string {
  const { kind, writerId, fromSeq, seq, chainHash, atMs } = anchor;
  const text = JSON.stringify(['anchor', id, kind, writerId, fromSeq, seq, chainHash, atMs]);
  return digest.hexAfter(previous, text);
}

/** Appends anchors, each chained to the one before it, whoever wrote that. Call it in a transaction. */
export async function appendAnchors(
  query: Query,
  digest: KeyedDigest,
  anchors: readonly AuditAnchor[],
): Promise<NumberedAnchor[]> {
  if (anchors.length === 0) return [];
  await query('/* audit.lock_anchors */ SELECT pg_advisory_xact_lock($1)', [ANCHORS_LOCK]);
  const [last] = (await query(
    `/* audit.last_anchor */ SELECT id, encode(mac, 'hex') AS mac FROM audit_anchors ORDER BY id DESC LIMIT 1`,
  )) as {
    readonly id: string;
    readonly mac: string;
  }[];
  let [id, mac] = [Number(last?.id ?? 0), last?.mac ?? NO_ANCHOR];
  const numbered = anchors.map((anchor) => {
    id += 1;
    mac = anchorMac(digest, mac, id, anchor);
    return { ...anchor, id, mac };
  });
  const column = (read: (anchor: NumberedAnchor) => unknown): unknown[] => numbered.map(read);
  await query(
    `/* audit.append_anchors */
     INSERT INTO audit_anchors (id, kind, writer_id, from_seq, seq, chain_hash, anchored_at, mac)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bytea[],
       $7::timestamptz[], $8::bytea[])`,
    [
      column((anchor) => anchor.id),
      column((anchor) => anchor.kind),
      column((anchor) => anchor.writerId),
      column((anchor) => anchor.fromSeq),
      column((anchor) => anchor.seq),
      column((anchor) => BYTEA_HEX + anchor.chainHash),
      column((anchor) => new Date(anchor.atMs)),
      column((anchor) => BYTEA_HEX + anchor.mac),
    ],
  );
  return numbered;
}

/** For the log, which an intruder into the database cannot rewrite. */
export function describeAnchor({ id, kind, writerId, seq, chainHash, mac }: NumberedAnchor): string {
  return `Audit anchor ${String(id)} (${kind}): writer ${writerId}, record ${String(seq)}, chain ${chainHash}, mac ${mac}`;
}
