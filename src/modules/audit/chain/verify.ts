import { setImmediate as breathe } from 'node:timers/promises';
import type { KeyedDigest } from '../arguments/keyed-digest.js';
import { anchorMac, NO_ANCHOR, type NumberedAnchor } from './anchors.js';
import type { AuditRow, ChainedRow } from './audit-row.js';
import { chainHash } from './chain.js';
import type { ChainSource, Window } from './chain-source.js';
import { WriterHistory } from './writer-history.js';

/**
 * `changed`: the row is not what was written. `missing`: rows were deleted, in the middle or at the end.
 * `unanchored`: rows of a writer that no anchor knows, or in no chain. `anchor_*`: the same, of an anchor.
 */
export type BreakKind = 'changed' | 'missing' | 'unanchored' | 'anchor_changed' | 'anchor_missing';

export interface Break {
  readonly kind: BreakKind;
  readonly writerId: string | null;
  /** Of the first record that is not right; of the anchor for `anchor_*`. */
  readonly seq: number | null;
  /** Of the record that is changed, or of the one behind those that are missing. */
  readonly id: string | null;
  readonly timestamp: Date | null;
  readonly detail: string;
}

export interface Verification {
  readonly records: number;
  readonly writers: number;
  readonly anchors: number;
  /** The first of each writer, the earliest first. */
  readonly breaks: readonly Break[];
}

/** Rows between two looks at other work. */
const ROWS_A_TURN = 200;

/**
 * Checks the chains of all writers that were at work in a window, from the anchor before it to the anchor behind it.
 * @param digests one for each key of `SECRETS_KEY`.
 */
export async function verifyChains(
  source: ChainSource,
  digests: readonly KeyedDigest[],
  window: Window,
): Promise<Verification> {
  const histories = new Map<string, WriterHistory>();
  const breaks: Break[] = [];
  let anchors = 0;
  let previous: NumberedAnchor | undefined;
  for await (const anchor of source.anchors()) {
    anchors += 1;
    const wrong = anchorBreak(digests, previous, anchor);
    if (wrong && !breaks.some(({ kind }) => kind === wrong.kind)) breaks.push(wrong);
    // What is not ours to believe is no point to start from.
    if (wrong?.kind !== 'anchor_changed') {
      const history = histories.get(anchor.writerId) ?? new WriterHistory();
      histories.set(anchor.writerId, history);
      history.add(anchor);
    }
    previous = anchor;
  }
  const seen = await source.writers(window);
  const writers = new Set(seen.filter((writerId) => writerId !== undefined));
  if (writers.size < seen.length) breaks.push(unanchored(null, 'there are records in no chain'));
  for (const [writerId, history] of histories) if (history.worksIn(window)) writers.add(writerId);
  let records = 0;
  for (const writerId of writers) {
    const checked = await verifyWriter(source, digests, writerId, histories.get(writerId), window);
    records += checked.records;
    if (checked.broken) breaks.push(checked.broken);
  }
  const timeOf = ({ timestamp }: Break): number => timestamp?.getTime() ?? Number.POSITIVE_INFINITY;
  return { records, writers: writers.size, anchors, breaks: breaks.toSorted((a, b) => timeOf(a) - timeOf(b)) };
}

async function verifyWriter(
  source: ChainSource,
  digests: readonly KeyedDigest[],
  writerId: string,
  history: WriterHistory | undefined,
  window: Window,
): Promise<{ readonly records: number; readonly broken?: Break }> {
  const start = history?.before(window.from);
  if (!history || !start) return { records: 0, broken: unanchored(writerId, 'no anchor knows the writer') };
  const until = history.after(window.to)?.seq ?? Number.POSITIVE_INFINITY;
  const chain = new ChainCheck(writerId, history, digests, start.seq, start.chainHash);
  let records = 0;
  for await (const page of source.rows(writerId, start.seq)) {
    for (const [i, chained] of page.entries()) {
      if (chained.row.seq > until) return { records, ...brokenAt(chain.reaches(until)) };
      const broken = chain.take(chained);
      if (broken) return { records, broken };
      records += 1;
      if (i % ROWS_A_TURN === 0) await breathe();
    }
  }
  return { records, ...brokenAt(chain.reaches(Math.min(until, history.reachesSeq))) };
}

function brokenAt(broken: Break | undefined): { readonly broken?: Break } {
  return broken ? { broken } : {};
}

/** One writer's chain, row by row. */
class ChainCheck {
  readonly #digests: KeyedDigest[];

  constructor(
    private readonly writerId: string,
    private readonly history: WriterHistory,
    digests: readonly KeyedDigest[],
    private seq: number,
    private hash: string,
  ) {
    this.#digests = [...digests];
  }

  take(chained: ChainedRow): Break | undefined {
    const { row } = chained;
    const missing = this.reaches(row.seq - 1, row);
    if (missing) return missing;
    if (
      row.seq <= this.seq ||
      !this.#continues(chained) ||
      (this.history.at(row.seq)?.chainHash ?? chained.chainHash) !== chained.chainHash
    ) {
      return this.#break('changed', row.seq, row, 'the record is not what was written');
    }
    this.seq = row.seq;
    this.hash = chained.chainHash;
    return undefined;
  }

  /** Whether every row up to `seq` was there, or went by retention. */
  reaches(seq: number, next?: AuditRow): Break | undefined {
    while (this.seq < seq) {
      const dropped = this.history.droppedAt(this.seq + 1);
      if (!dropped) return this.#break('missing', this.seq + 1, next, 'the record is not there any more');
      this.seq = dropped.seq;
      this.hash = dropped.chainHash;
    }
    return undefined;
  }

  /** The key that fitted last is tried first: a rotation changes it once. */
  #continues({ row, chainHash: expected }: ChainedRow): boolean {
    const index = this.#digests.findIndex((digest) => chainHash(digest, this.hash, row) === expected);
    if (index > 0) this.#digests.unshift(...this.#digests.splice(index, 1));
    return index >= 0;
  }

  #break(kind: BreakKind, seq: number, row: AuditRow | undefined, detail: string): Break {
    const timestamp = row ? new Date(row.timestampMs) : null;
    return { kind, writerId: this.writerId, seq, id: row?.id ?? null, timestamp, detail };
  }
}

function anchorBreak(
  digests: readonly KeyedDigest[],
  previous: NumberedAnchor | undefined,
  anchor: NumberedAnchor,
): Break | undefined {
  const { id, writerId, atMs } = anchor;
  const at = { writerId, seq: id, id: null, timestamp: new Date(atMs) };
  const expected = (previous?.id ?? 0) + 1;
  if (id !== expected)
    return { ...at, kind: 'anchor_missing', seq: expected, detail: `anchor ${String(expected)} is not there any more` };
  const before = previous?.mac ?? NO_ANCHOR;
  if (digests.some((digest) => anchorMac(digest, before, id, anchor) === anchor.mac)) return undefined;
  return { ...at, kind: 'anchor_changed', detail: `anchor ${String(id)} is not what was written` };
}

function unanchored(writerId: string | null, detail: string): Break {
  return { kind: 'unanchored', writerId, seq: null, id: null, timestamp: null, detail };
}
