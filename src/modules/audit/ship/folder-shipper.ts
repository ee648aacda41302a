import { readdirSync, rmSync, statSync } from 'node:fs';
import type { KeyedDigest } from '../arguments/keyed-digest.js';
import type { AnchorKind, AuditAnchor } from '../chain/anchors.js';
import type { ChainedRow } from '../chain/audit-row.js';
import { chain, genesis } from '../chain/chain.js';
import { segmentNumbers, segmentPath } from '../spool/segment-files.js';
import type { SpooledIntent } from '../spool/spool-record.js';
import type { WriterFolder } from '../spool/writer-folder.js';
import type { AuditSink, ChainEnd } from './audit-sink.js';
import { type Batch, BatchReader } from './batch-reader.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { callRow } from './rows.js';

export interface FolderShipperOptions {
  readonly writer: WriterFolder;
  readonly sink: AuditSink;
  readonly digest: KeyedDigest;
  readonly nowMs: () => number;
  readonly report: (level: 'log' | 'warn', message: string) => void;
}

export interface Step {
  readonly rows: number;
  readonly atEnd: boolean;
}

const INTERRUPTED_AT_ONCE = 1000;
const ANCHOR_EVERY_MS = 3_600_000;
const CHECKPOINT_EVERY_MS = 1000;

/**
 * Ships one writer's folder, batch after batch: while one is on its way to the table the next is read and chained,
 * and what is in the table is forgotten here.
 */
export class FolderShipper {
  #reader: BatchReader | undefined;
  /** Of what is in the table. */
  #end: ChainEnd;
  #batch: Batch | undefined;
  /** Read ahead, behind `#batch`. */
  #following: Batch | undefined;
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
    return this.#reader?.damaged ?? 0;
  }

  get freedBytes(): number {
    return this.#freedBytes;
  }

  /** When the oldest call happened whose row is read and not in the table. */
  get oldestMs(): number | undefined {
    return (this.#batch ?? this.#following)?.rows[0]?.row.timestampMs;
  }

  /** Of all that lies in the folder. */
  bytes(): number {
    return this.#segments().reduce((sum, number) => sum + this.#sizeOf(number), 0);
  }

  /** Appends one batch, and reads the next meanwhile. What fails stays and is tried again by the next step. */
  async step(): Promise<Step> {
    const reader = (this.#reader ??= await this.#start());
    await this.#settleUncertain();
    const batch = (this.#batch ??= await this.#next(reader));
    const [appended, read] = await Promise.allSettled([this.#appendBatch(batch), this.#readAhead(reader, batch)]);
    if (appended.status === 'rejected') throw appended.reason;
    this.#batch = undefined;
    this.#forget(batch);
    if (read.status === 'rejected') throw read.reason;
    return { rows: batch.rows.length, atEnd: batch.atEnd };
  }

  /**
   * Once nobody writes any more and every step has been done: calls without an outcome become `interrupted`, the
   * chain gets its last anchor.
   */
  async finish(): Promise<void> {
    while (!(await this.step()).atEnd);
    const { tornBytes = 0, open = [] } = this.#reader ?? {};
    if (tornBytes > 0) this.#warn(`the last record was cut off by the end of the process (${String(tornBytes)} bytes)`);
    for (let at = 0; at < open.length; at += INTERRUPTED_AT_ONCE) {
      await this.#interrupt(open.slice(at, at + INTERRUPTED_AT_ONCE));
    }
    if (this.#end.seq > 0 && this.#anchored.seq !== this.#end.seq) {
      await this.#append([], [this.#anchor('final', this.#end)]);
    }
  }

  close(): void {
    this.#reader?.close();
  }

  async #start(): Promise<BatchReader> {
    const { sink, writer, digest, nowMs } = this.options;
    const checkpoint = readCheckpoint(writer.folder);
    const inTable = await sink.chainEnd(writer.writerId);
    for (const end of [checkpoint?.end, inTable]) if (end && end.seq > this.#end.seq) this.#end = end;
    this.#anchored.atMs = nowMs();
    const [first = 1] = this.#segments();
    const segment = Math.max(first, checkpoint?.segment ?? 1);
    // What is open is known again by reading the segment once more; outcomes that are in the table are skipped.
    return new BatchReader(
      {
        writerId: writer.writerId,
        folder: writer.folder,
        digest,
        nowMs,
        warn: (what) => {
          this.#warn(what);
        },
      },
      segment,
      checkpoint?.carried ?? [],
      this.#end,
    );
  }

  /** After a failure nobody knows whether the commit came through: the table does. */
  async #settleUncertain(): Promise<void> {
    if (!this.#uncertain) return;
    const inTable = await this.options.sink.chainEnd(this.writer.writerId);
    this.#uncertain = false;
    if (!inTable || inTable.seq <= this.#end.seq) return;
    if (this.#batch)
      this.#batch = { ...this.#batch, rows: this.#batch.rows.filter(({ row }) => row.seq > inTable.seq) };
    this.#end = inTable;
  }

  async #appendBatch({ rows }: Batch): Promise<void> {
    const anchors = this.#anchorsDue(rows);
    if (rows.length > 0 || anchors.length > 0) await this.#append(rows, anchors);
  }

  async #next(reader: BatchReader): Promise<Batch> {
    const read = this.#following ?? (await reader.next());
    this.#following = undefined;
    return read;
  }

  /** Nothing follows what was at the end a moment ago: the next step looks again. */
  async #readAhead(reader: BatchReader, { atEnd }: Batch): Promise<void> {
    if (!atEnd) this.#following ??= await reader.next();
  }

  async #append(rows: readonly ChainedRow[], anchors: readonly AuditAnchor[]): Promise<void> {
    try {
      await this.options.sink.append(rows, anchors);
    } catch (error) {
      this.#uncertain = true;
      throw error;
    }
    this.#shipped += rows.length;
    this.#end = this.#endWith(rows);
    for (const { seq, atMs } of anchors) this.#anchored = { seq, atMs };
  }

  async #interrupt(intents: readonly SpooledIntent[]): Promise<void> {
    const present = await this.options.sink.present(intents);
    const missing = intents.filter(({ id }) => !present.has(id));
    const { writerId } = this.writer;
    const rows = missing.map((intent, i) => callRow(intent, undefined, { writerId, seq: this.#end.seq + 1 + i }));
    if (rows.length === 0) return;
    const chained = chain(this.options.digest, this.#end.chainHash, rows);
    await this.#append(chained, this.#anchorsDue(chained));
    this.options.report('log', `Audit: ${String(rows.length)} calls were interrupted by the end of their process`);
  }

  #warn(what: string): void {
    this.options.report('warn', `Audit: spool ${this.writer.writerId}: ${what}`);
  }

  /** Of the table once it has these rows. */
  #endWith(rows: readonly ChainedRow[]): ChainEnd {
    const last = rows.at(-1);
    return last ? { seq: last.row.seq, chainHash: last.chainHash } : this.#end;
  }

  #anchorsDue(rows: readonly ChainedRow[]): AuditAnchor[] {
    const { writerId } = this.writer;
    if (rows[0]?.row.seq === 1) {
      return [this.#anchor('start', { seq: 0, chainHash: genesis(this.options.digest, writerId) })];
    }
    const end = this.#endWith(rows);
    const due = this.options.nowMs() - this.#anchored.atMs >= ANCHOR_EVERY_MS;
    return due && end.seq > 0 && end.seq !== this.#anchored.seq ? [this.#anchor('hourly', end)] : [];
  }

  #anchor(kind: AnchorKind, { seq, chainHash }: ChainEnd): AuditAnchor {
    return { kind, writerId: this.writer.writerId, fromSeq: null, seq, chainHash, atMs: this.options.nowMs() };
  }

  /** What is in the table needs no file: whole segments go, once it is written down where to go on. */
  #forget({ segment, carried }: Batch): void {
    const done = this.#segments().filter((number) => number < segment);
    const nowMs = this.options.nowMs();
    if (done.length === 0 && nowMs - this.#checkpointMs < CHECKPOINT_EVERY_MS) return;
    this.#checkpointMs = nowMs;
    writeCheckpoint(this.writer.folder, { segment, end: this.#end, carried });
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
