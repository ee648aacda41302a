import { setImmediate as turn } from 'node:timers/promises';
import type { KeyedDigest } from '../arguments/keyed-digest.js';
import type { AuditRow, ChainedRow } from '../chain/audit-row.js';
import { chainedTo } from '../chain/chain.js';
import { parseLine, type SpooledIntent, type SpooledOutcome, type SpoolRecord } from '../spool/spool-record.js';
import type { ChainEnd } from './audit-sink.js';
import { callRow, damagedRow, gapRow, orphanRow, type Place } from './rows.js';
import { type Piece, SegmentReader } from './segment-reader.js';

/** The next rows of a writer's chain. */
export interface Batch {
  readonly rows: readonly ChainedRow[];
  /** Where the next batch begins; what is before it is in this one or in those before. */
  readonly segment: number;
  /** Intents from earlier segments whose outcome is in no batch yet. */
  readonly carried: readonly SpooledIntent[];
  /** There was nothing more to read. */
  readonly atEnd: boolean;
}

export interface BatchReaderOptions {
  readonly writerId: string;
  readonly folder: string;
  readonly digest: KeyedDigest;
  readonly nowMs: () => number;
  readonly warn: (what: string) => void;
}

interface Open {
  readonly intent: SpooledIntent;
  readonly segment: number;
}

/** Large enough that what a statement costs by itself does not count, small enough that two fit in little memory. */
const ROWS_A_BATCH = 2000;

/** Reads a spool: pairs intents with outcomes, and chains the rows that this makes. */
export class BatchReader {
  readonly #open = new Map<string, Open>();
  readonly #segments: SegmentReader;
  #tornBytes = 0;
  #damaged = 0;

  /** @param end the last row that is known to be in the table: outcomes up to it are skipped. */
  constructor(
    private readonly options: BatchReaderOptions,
    segment: number,
    carried: readonly SpooledIntent[],
    private end: ChainEnd,
  ) {
    for (const intent of carried) this.#open.set(intent.id, { intent, segment: 0 });
    this.#segments = new SegmentReader(options.folder, segment);
  }

  /** Intents without an outcome so far. */
  get open(): SpooledIntent[] {
    return [...this.#open.values()].map(({ intent }) => intent);
  }

  /** Behind the last whole record of all. */
  get tornBytes(): number {
    return this.#tornBytes;
  }

  /** Records that could not be read. */
  get damaged(): number {
    return this.#damaged;
  }

  async next(): Promise<Batch> {
    const rows: ChainedRow[] = [];
    let atEnd = false;
    while (!atEnd && rows.length < ROWS_A_BATCH) {
      const piece = this.#piece(rows.length > 0);
      if (!piece) break;
      atEnd = piece.atEnd;
      this.#tornBytes = atEnd ? piece.tornBytes : 0;
      const { segment } = this.#segments;
      if (!atEnd && piece.tornBytes > 0) this.#damage(`the end of the segment before ${String(segment)}`);
      for (const line of piece.lines) this.#take(parseLine(line), segment, rows);
      // The batch before is on its way to the table: its socket wants to be served.
      if (!atEnd) await turn();
    }
    const { segment } = this.#segments;
    const earlier = [...this.#open.values()].filter((open) => open.segment < segment);
    return { rows, segment, carried: earlier.map(({ intent }) => intent), atEnd };
  }

  close(): void {
    this.#segments.close();
  }

  /** @returns undefined when it cannot be read and there are rows already, which must not be lost over it. */
  #piece(hasRows: boolean): Piece | undefined {
    try {
      return this.#segments.next();
    } catch (error) {
      if (hasRows) return undefined;
      throw error;
    }
  }

  #take(record: SpoolRecord | undefined, segment: number, rows: ChainedRow[]): void {
    if (!record) {
      this.#damage(`segment ${String(segment)}`);
      return;
    }
    if (record.kind === 'intent') {
      this.#open.set(record.id, { intent: record, segment });
      return;
    }
    if (record.seq > this.end.seq) {
      for (let seq = this.end.seq + 1; seq < record.seq; seq += 1) {
        const atMs = rows.at(-1)?.row.timestampMs ?? this.options.nowMs();
        rows.push(this.#chained(damagedRow(atMs, this.#place(seq))));
      }
      const place = this.#place(record.seq);
      rows.push(this.#chained(record.kind === 'gap' ? gapRow(record, place) : this.#outcome(record, place)));
    }
    this.#open.delete(record.id);
  }

  #chained(row: AuditRow): ChainedRow {
    const chained = chainedTo(this.options.digest, this.end.chainHash, row);
    this.end = { seq: row.seq, chainHash: chained.chainHash };
    return chained;
  }

  #outcome(outcome: SpooledOutcome, place: Place): AuditRow {
    const open = this.#open.get(outcome.id);
    return open ? callRow(open.intent, outcome, place) : orphanRow(outcome, place);
  }

  #place(seq: number): Place {
    return { writerId: this.options.writerId, seq };
  }

  #damage(where: string): void {
    this.#damaged += 1;
    this.options.warn(`a record in ${where} is not what was written, and is left out`);
  }
}
