import { readdirSync, rmSync, statSync } from 'node:fs';
import type { KeyedDigest } from '../arguments/keyed-digest.js';
import type { AnchorKind, AuditAnchor } from '../chain/anchors.js';
import type { AuditRow, ChainedRow } from '../chain/audit-row.js';
import { chain, genesis } from '../chain/chain.js';
import { segmentNumbers, segmentPath } from '../spool/segment-files.js';
import { parseLine, type SpooledIntent, type SpooledOutcome, type SpoolRecord } from '../spool/spool-record.js';
import type { WriterFolder } from '../spool/writer-folder.js';
import type { AuditSink, ChainEnd } from './audit-sink.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { callRow, damagedRow, gapRow, orphanRow } from './rows.js';
import { SegmentReader } from './segment-reader.js';

export interface FolderShipperOptions {
  readonly writer: WriterFolder;
  readonly sink: AuditSink;
  readonly digest: KeyedDigest;
  readonly nowMs: () => number;
  readonly report: (level: 'log' | 'warn', message: string) => void;
}

interface Open {
  readonly intent: SpooledIntent;
  readonly segment: number;
}

/** Rows that were read and are not in the table yet. */
interface Batch {
  readonly rows: readonly ChainedRow[];
  readonly segment: number;
  /** There was nothing more to read. */
  readonly atEnd: boolean;
}

export interface Step {
  readonly rows: number;
  readonly atEnd: boolean;
}

const ROWS_A_BATCH = 1000;
const ANCHOR_EVERY_MS = 3_600_000;
const CHECKPOINT_EVERY_MS = 1000;

/** Ships one writer's folder: reads its records, pairs intents with outcomes, chains rows and appends them. */
export class FolderShipper {
  readonly #open = new Map<string, Open>();
  #reader: SegmentReader | undefined;
  /** Of what was read; rows up to it are in the table or in the batch. */
  #end: ChainEnd;
  #batch: Batch | undefined;
  #tornBytes = 0;
  #damaged = 0;
  #anchored = { atMs: 0, seq: -1 };
  #checkpointMs = 0;
  #freedBytes = 0;
  #shipped = 0;
  #uncertain = false;

  constructor(private readonly options: FolderShipperOptions) {
    this.#end = { seq: 0, chainHash: genesis(options.digest, options.writer.writerId) };
  }

  get writer(): WriterFolder {
    return this.options.writer;
  }

  /** Rows appended since start. */
  get shipped(): number {
    return this.#shipped;
  }

  /** Records that could not be read. */
  get damaged(): number {
    return this.#damaged;
  }

  get freedBytes(): number {
    return this.#freedBytes;
  }

  /** When the oldest call happened whose row is read and not in the table. */
  get oldestMs(): number | undefined {
    return this.#batch?.rows[0]?.timestampMs;
  }

  /** Of all that lies in the folder. */
  bytes(): number {
    return this.#segments().reduce((sum, number) => sum + this.#sizeOf(number), 0);
  }

  /** Reads and appends one batch. What fails stays and is tried again by the next step. */
  async step(): Promise<Step> {
    const reader = (this.#reader ??= await this.#start());
    await this.#settleUncertain();
    this.#batch ??= this.#read(reader);
    const { rows, segment, atEnd } = this.#batch;
    const anchors = this.#anchorsDue(rows);
    if (rows.length > 0 || anchors.length > 0) await this.#append(rows, anchors);
    this.#batch = undefined;
    this.#forget(segment);
    return { rows: rows.length, atEnd };
  }

  /**
   * Once nobody writes any more and every step has been done: calls without an outcome become `interrupted`, the
   * chain gets its last anchor.
   */
  async finish(): Promise<void> {
    while (!(await this.step()).atEnd);
    if (this.#tornBytes > 0) {
      this.#warn(`the last record was cut off by the end of the process (${String(this.#tornBytes)} bytes)`);
    }
    const intents = [...this.#open.values()].map(({ intent }) => intent);
    for (let at = 0; at < intents.length; at += ROWS_A_BATCH)
      await this.#interrupt(intents.slice(at, at + ROWS_A_BATCH));
    if (this.#end.seq > 0 && this.#anchored.seq !== this.#end.seq) await this.#append([], [this.#anchor('final')]);
  }

  close(): void {
    this.#reader?.close();
  }

  async #start(): Promise<SegmentReader> {
    const { sink, writer } = this.options;
    const checkpoint = readCheckpoint(writer.folder);
    const inTable = await sink.chainEnd(writer.writerId);
    for (const end of [checkpoint?.end, inTable]) if (end && end.seq > this.#end.seq) this.#end = end;
    this.#anchored.atMs = this.options.nowMs();
    const [first = 1] = this.#segments();
    const segment = Math.max(first, checkpoint?.segment ?? 1);
    for (const intent of checkpoint?.carried ?? []) this.#open.set(intent.id, { intent, segment: 0 });
    // What is open is known again by reading the segment once more; outcomes that are in the table are skipped.
    return new SegmentReader(writer.folder, segment);
  }

  /** After a failure nobody knows whether the commit came through: the table does. */
  async #settleUncertain(): Promise<void> {
    if (!this.#uncertain) return;
    const inTable = await this.options.sink.chainEnd(this.writer.writerId);
    this.#uncertain = false;
    if (!inTable) return;
    if (this.#batch) {
      this.#batch = { ...this.#batch, rows: this.#batch.rows.filter(({ seq }) => seq > inTable.seq) };
    } else if (inTable.seq > this.#end.seq) {
      this.#end = inTable;
    }
  }

  async #append(rows: readonly ChainedRow[], anchors: readonly AuditAnchor[]): Promise<void> {
    try {
      await this.options.sink.append(rows, anchors);
    } catch (error) {
      this.#uncertain = true;
      throw error;
    }
    this.#shipped += rows.length;
    for (const { seq, atMs } of anchors) this.#anchored = { seq, atMs };
  }

  #read(reader: SegmentReader): Batch {
    const rows: AuditRow[] = [];
    const before = this.#end;
    let atEnd = false;
    while (!atEnd && rows.length < ROWS_A_BATCH) {
      const piece = reader.next();
      atEnd = piece.atEnd;
      this.#tornBytes = atEnd ? piece.tornBytes : 0;
      if (!atEnd && piece.tornBytes > 0) this.#damage(`the end of the segment before ${String(reader.segment)}`);
      for (const line of piece.lines) this.#take(parseLine(line), reader.segment, rows);
    }
    const chained = chain(this.options.digest, before.chainHash, rows);
    const last = chained.at(-1);
    if (last) this.#end = { seq: last.seq, chainHash: last.chainHash };
    return { rows: chained, segment: reader.segment, atEnd };
  }

  #take(record: SpoolRecord | undefined, segment: number, rows: AuditRow[]): void {
    if (!record) {
      this.#damage(`segment ${String(segment)}`);
      return;
    }
    if (record.kind === 'intent') {
      this.#open.set(record.id, { intent: record, segment });
      return;
    }
    const reached = rows.at(-1)?.seq ?? this.#end.seq;
    const known = record.seq <= reached;
    if (!known) {
      for (let seq = reached + 1; seq < record.seq; seq += 1) {
        rows.push(damagedRow(rows.at(-1)?.timestampMs ?? this.options.nowMs(), this.#place(seq)));
      }
      rows.push(record.kind === 'gap' ? gapRow(record, this.#place(record.seq)) : this.#outcome(record));
    }
    this.#open.delete(record.id);
  }

  #outcome(outcome: SpooledOutcome): AuditRow {
    const open = this.#open.get(outcome.id);
    const place = this.#place(outcome.seq);
    return open ? callRow(open.intent, outcome, place) : orphanRow(outcome, place);
  }

  async #interrupt(intents: readonly SpooledIntent[]): Promise<void> {
    const present = await this.options.sink.present(intents);
    const missing = intents.filter(({ id }) => !present.has(id));
    const rows = missing.map((intent, i) => callRow(intent, undefined, this.#place(this.#end.seq + 1 + i)));
    if (rows.length === 0) return;
    const chained = chain(this.options.digest, this.#end.chainHash, rows);
    await this.#append(chained, this.#anchorsDue(chained));
    const last = chained.at(-1);
    if (last) this.#end = { seq: last.seq, chainHash: last.chainHash };
    this.options.report('log', `Audit: ${String(rows.length)} calls were interrupted by the end of their process`);
  }

  #place(seq: number): { readonly writerId: string; readonly seq: number } {
    return { writerId: this.writer.writerId, seq };
  }

  #damage(where: string): void {
    this.#damaged += 1;
    this.#warn(`a record in ${where} is not what was written, and is left out`);
  }

  #warn(what: string): void {
    this.options.report('warn', `Audit: spool ${this.writer.writerId}: ${what}`);
  }

  #anchorsDue(rows: readonly ChainedRow[]): AuditAnchor[] {
    const first = rows[0];
    if (first?.seq === 1) {
      const { writerId } = this.writer;
      const chainHash = genesis(this.options.digest, writerId);
      return [{ kind: 'start', writerId, fromSeq: null, seq: 0, chainHash, atMs: this.options.nowMs() }];
    }
    const due = this.options.nowMs() - this.#anchored.atMs >= ANCHOR_EVERY_MS;
    return due && this.#end.seq > 0 && this.#end.seq !== this.#anchored.seq ? [this.#anchor('hourly')] : [];
  }

  #anchor(kind: AnchorKind): AuditAnchor {
    const { seq, chainHash } = this.#end;
    return { kind, writerId: this.writer.writerId, fromSeq: null, seq, chainHash, atMs: this.options.nowMs() };
  }

  /** What is in the table needs no file: whole segments go, once it is written down where to go on. */
  #forget(reading: number): void {
    const done = this.#segments().filter((number) => number < reading);
    const nowMs = this.options.nowMs();
    if (done.length === 0 && nowMs - this.#checkpointMs < CHECKPOINT_EVERY_MS) return;
    this.#checkpointMs = nowMs;
    const carried = [...this.#open.values()].filter(({ segment }) => segment < reading);
    writeCheckpoint(this.writer.folder, {
      segment: reading,
      end: this.#end,
      carried: carried.map(({ intent }) => intent),
    });
    for (const number of done) {
      this.#freedBytes += this.#sizeOf(number);
      rmSync(segmentPath(this.writer.folder, number), { force: true });
    }
  }

  #segments(): number[] {
    return segmentNumbers(readdirSync(this.writer.folder));
  }

  #sizeOf(number: number): number {
    return statSync(segmentPath(this.writer.folder, number), { throwIfNoEntry: false })?.size ?? 0;
  }
}
