import { messageOf } from '../../../kernel/app-error.js';
import type { KeyedDigest } from '../arguments/keyed-digest.js';
import { HEARTBEAT_MS } from '../spool/folder-claim.js';
import { adoptWriterFolder, otherWriters, removeWriterFolder, type WriterFolder } from '../spool/writer-folder.js';
import type { AuditSink } from './audit-sink.js';
import { FolderShipper } from './folder-shipper.js';

export interface ShippingOptions {
  readonly root: string;
  readonly own: WriterFolder;
  readonly sink: AuditSink;
  readonly digest: KeyedDigest;
  readonly nowMs: () => number;
  readonly report: (level: 'log' | 'warn', message: string) => void;
  readonly figures: (figures: ShippingFigures) => void;
  /** Waits, or less when there is something to do at once. */
  readonly pause: (ms: number) => Promise<void>;
}

export interface ShippingFigures {
  /** Rows since start, those of dead writers included. */
  readonly shipped: number;
  readonly damaged: number;
  /** Of the own spool, given back to the disk since start. */
  readonly freedBytes: number;
  /** What dead writers left and is not shipped yet. */
  readonly adoptedBytes: number;
  /** When the oldest call happened that is read and not in the table. */
  readonly oldestMs: number | undefined;
  /** Why nothing can be shipped right now. */
  readonly fault: string | undefined;
}

/** Between two batches that hold all there is: few large ones cost a busy service less than many small ones. */
const BETWEEN_MS = 250;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;

/** Ships the own spool as it grows, and what dead processes left behind. */
export class Shipping {
  readonly #own: FolderShipper;
  readonly #adopted = new Map<string, FolderShipper>();
  #before = { shipped: 0, damaged: 0 };
  #lookedMs = Number.NEGATIVE_INFINITY;
  #retryMs = FIRST_RETRY_MS;
  #fault: string | undefined;
  #deadlineMs: number | undefined;

  constructor(private readonly options: ShippingOptions) {
    this.#own = this.#shipper(options.own);
  }

  /** The process ends: what is left is shipped until then. */
  finishBy(deadlineMs: number): void {
    this.#deadlineMs = deadlineMs;
    this.#retryMs = FIRST_RETRY_MS;
  }

  /** Until `finishBy`. @returns whether everything is in the table. */
  async run(): Promise<boolean> {
    for (;;) {
      const finishing = this.#deadlineMs !== undefined;
      const atEnd = await this.#attempt(() => (finishing ? this.#finishAll() : this.#stepAll()));
      this.#tell();
      if (finishing && atEnd === true) return true;
      if (this.#deadlineMs !== undefined && this.options.nowMs() >= this.#deadlineMs) return false;
      if (atEnd === undefined) {
        await this.options.pause(this.#retryMs);
        this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
      } else if (atEnd && this.#deadlineMs === undefined) {
        await this.options.pause(BETWEEN_MS);
      }
    }
  }

  /** Others may take over what is left. */
  release(): void {
    for (const shipper of [this.#own, ...this.#adopted.values()]) {
      shipper.close();
      shipper.writer.claim.release();
    }
  }

  renewClaims(): void {
    for (const { writer } of [this.#own, ...this.#adopted.values()]) writer.claim.renew(this.options.nowMs());
  }

  /** @returns undefined when it failed. */
  async #attempt(work: () => Promise<boolean>): Promise<boolean | undefined> {
    try {
      const atEnd = await work();
      if (this.#fault !== undefined) this.options.report('log', 'Audit: records are shipped again');
      this.#fault = undefined;
      this.#retryMs = FIRST_RETRY_MS;
      return atEnd;
    } catch (error) {
      const why = messageOf(error);
      if (this.#fault === undefined) {
        this.options.report('warn', `Audit: records stay in the spool for now and nothing is lost: ${why}`);
      }
      this.#fault = why;
      return undefined;
    }
  }

  async #stepAll(): Promise<boolean> {
    const { atEnd } = await this.#own.step();
    this.#look();
    const [first] = this.#adopted.values();
    if (!first) return atEnd;
    if ((await first.step()).atEnd) await this.#finish(first);
    return atEnd && this.#adopted.size === 0;
  }

  async #finishAll(): Promise<boolean> {
    for (const shipper of this.#adopted.values()) await this.#finish(shipper);
    await this.#finish(this.#own);
    return true;
  }

  async #finish(shipper: FolderShipper): Promise<void> {
    await shipper.finish();
    shipper.close();
    removeWriterFolder(shipper.writer);
    if (!this.#adopted.delete(shipper.writer.writerId)) return;
    this.#before.shipped += shipper.shipped;
    this.#before.damaged += shipper.damaged;
    this.options.report(
      'log',
      `Audit: shipped ${String(shipper.shipped)} records that a process had left in spool ${shipper.writer.writerId}`,
    );
  }

  #look(): void {
    const nowMs = this.options.nowMs();
    if (nowMs - this.#lookedMs < HEARTBEAT_MS) return;
    this.#lookedMs = nowMs;
    const held = new Set([this.#own.writer.writerId, ...this.#adopted.keys()]);
    for (const writerId of otherWriters(this.options.root, held)) {
      const folder = adoptWriterFolder(this.options.root, writerId, nowMs);
      if (folder) this.#adopted.set(writerId, this.#shipper(folder));
    }
  }

  #shipper(writer: WriterFolder): FolderShipper {
    const { sink, digest, nowMs, report } = this.options;
    return new FolderShipper({ writer, sink, digest, nowMs, report });
  }

  #tell(): void {
    const all = [this.#own, ...this.#adopted.values()];
    const sum = (read: (shipper: FolderShipper) => number): number => all.reduce((total, one) => total + read(one), 0);
    const oldest = all.flatMap(({ oldestMs }) => oldestMs ?? []);
    this.options.figures({
      shipped: this.#before.shipped + sum(({ shipped }) => shipped),
      damaged: this.#before.damaged + sum(({ damaged }) => damaged),
      freedBytes: this.#own.freedBytes,
      adoptedBytes: [...this.#adopted.values()].reduce((total, shipper) => total + shipper.bytes(), 0),
      oldestMs: oldest.length === 0 ? undefined : Math.min(...oldest),
      fault: this.#fault,
    });
  }
}
