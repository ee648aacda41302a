import { messageOf } from '../../../kernel/app-error.js';
import { uuidv7 } from '../../../kernel/uuid.js';
import type { AuditOutcome } from '../audit-event.js';
import { CommitGroup } from './commit-group.js';
import { gapLine, intentLine, outcomeLine, type SpooledIntent } from './spool-record.js';
import { SegmentWriter } from './segment-writer.js';
import type { SegmentFiles } from './segment-files.js';
import type { Syncer } from './sync-thread.js';

/** What an outcome survives before its answer leaves: a power cut, the death of the process, or nothing. */
export const DURABILITIES = ['fsync', 'os', 'memory'] as const;
export type Durability = (typeof DURABILITIES)[number];

export interface SpoolOptions {
  /** Its own: see `writer-folder.ts`. */
  readonly folder: string;
  /** Of the folder, for the durability of new files' names. */
  readonly folderFd: number;
  readonly durability: Durability;
  readonly limitBytes: number;
  readonly files: SegmentFiles;
  readonly syncer: Syncer;
  /** What an operator should know. */
  readonly report: (level: 'warn' | 'error', message: string) => void;
}

/** Why nothing more is taken. */
export type Fullness = 'limit' | 'disk';

/** A group waits no longer than this for calls that are still running. */
const GROUP_MS = 2;
/** How long outcomes stay in memory with `AUDIT_DURABILITY=memory`. */
const MEMORY_MS = 50;
const RETRY_MS = 250;
/** A disk that takes longer does not hold answers back any more. */
const SYNC_WITHIN_MS = 10_000;
/** What is freed below this share of the limit opens a full spool again. */
const REOPEN_SHARE = 0.9;
/** Only whole segments are freed, so a small spool has small ones. */
const SEGMENTS_AT_LEAST = 8;
const AT_ONCE: Promise<void> = Promise.resolve();

/**
 * The process' own append-only record of calls, between the calls and PostgreSQL. What is appended in one turn
 * of the event loop is one write(2) at its end; from there on it survives the process.
 */
export class Spool {
  readonly #segments: SegmentWriter;
  #pending = '';
  #scheduled = false;
  /** Calls begun that have no outcome yet. */
  #working = 0;
  #seq = 0;
  #open: CommitGroup | undefined;
  #syncing: CommitGroup | undefined;
  #freedBytes = 0;
  #adoptedBytes = 0;
  #fullness: Fullness | undefined;
  #syncFault: string | undefined;
  #syncHangs = false;
  #retry: NodeJS.Timeout | undefined;
  #gap: { fromMs: number; toMs: number; calls: number } | undefined;
  #lost = 0;

  constructor(private readonly options: SpoolOptions) {
    this.#segments = new SegmentWriter({
      folder: options.folder,
      segmentBytes: Math.ceil(options.limitBytes / SEGMENTS_AT_LEAST),
      files: options.files,
      synced: options.durability === 'fsync',
    });
  }

  /** Set while no new call can be put on record. */
  get fullness(): Fullness | undefined {
    return this.#fullness;
  }

  /** What the disk says of the last sync; undefined when it went well. */
  get syncFault(): string | undefined {
    return this.#syncFault;
  }

  get usedBytes(): number {
    return this.#segments.writtenBytes - this.#freedBytes + this.#adoptedBytes;
  }

  get usedShare(): number {
    return this.usedBytes / this.options.limitBytes;
  }

  /** Calls without a record since start. */
  get lost(): number {
    return this.#lost;
  }

  begin(intent: Omit<SpooledIntent, 'kind'>): void {
    this.#working += 1;
    this.#append(intentLine(intent));
  }

  /** Resolves when the outcome is as durable as configured. */
  end(id: string, durationMs: number, outcome: AuditOutcome): Promise<void> {
    this.#working -= 1;
    this.#seq += 1;
    this.#append(outcomeLine(id, this.#seq, durationMs, outcome));
    // On a full disk the outcome waits in memory: there are no more of them than calls that were running. And a
    // disk that hangs must not hold every answer.
    if (this.options.durability === 'memory' || this.#fullness === 'disk' || this.#syncHangs) return AT_ONCE;
    this.#open ??= new CommitGroup();
    return this.#open.done;
  }

  /** A call that is not on record. */
  lose(atMs: number): void {
    this.#lost += 1;
    this.#gap ??= { fromMs: atMs, toMs: atMs, calls: 0 };
    this.#gap.calls += 1;
    this.#gap.toMs = atMs;
  }

  /** What the shipper is done with, and what it still has of other writers. */
  shipped(freedBytes: number, adoptedBytes: number): void {
    this.#freedBytes = freedBytes;
    this.#adoptedBytes = adoptedBytes;
    this.#judgeLimit();
    if (this.#gap) this.#schedule();
  }

  /** Writes and syncs what there is; answers that still wait go out. */
  async close(): Promise<void> {
    this.#flush();
    await Promise.all([this.#syncing?.done, this.#open?.done]);
    clearTimeout(this.#retry);
    if (this.#pending !== '') this.options.report('error', 'Audit: records are lost: the spool could not be written');
    this.#segments.close();
  }

  #append(line: string): void {
    this.#pending += line;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#fullness === 'disk') return;
    this.#scheduled = true;
    if (this.options.durability === 'memory') setTimeout(this.#flush, MEMORY_MS);
    else setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    this.#endGap();
    if (this.#pending !== '') {
      const unwritten = this.#segments.append(this.#pending);
      this.#pending = unwritten?.lines ?? '';
      if (unwritten) {
        this.#diskFull(messageOf(unwritten.cause));
        return;
      }
      if (this.#fullness === 'disk') this.#reopen();
      this.#judgeLimit();
    }
    this.#settle();
  };

  /** What was appended is with the kernel: who waits for no more may go, and a group that is ready is synced. */
  #settle(): void {
    const group = this.#open;
    if (!group) return;
    if (this.options.durability === 'os') {
      this.#releaseOpen();
      return;
    }
    if (this.#working === 0) group.closed = true;
    if (group.closed) {
      if (!this.#syncing) this.#sync(group);
    } else if (!group.hasTimer) {
      group.after(GROUP_MS, () => {
        group.closed = true;
        this.#flush();
      });
    }
  }

  #sync(group: CommitGroup): void {
    this.#open = undefined;
    this.#syncing = group;
    group.after(SYNC_WITHIN_MS, () => {
      this.#syncHangs = true;
      this.#syncFault = `the disk has not answered for ${String(SYNC_WITHIN_MS / 1000)} s`;
      this.options.report('error', `Audit: answers do not wait for their records any more: ${this.#syncFault}`);
      group.finish();
      this.#releaseOpen();
    });
    const { files, newNames } = this.#segments.takeUnsynced();
    this.options.syncer.sync(files, newNames ? this.options.folderFd : undefined, (error) => {
      this.#segments.synced();
      if (error !== undefined && this.#syncFault === undefined) {
        this.options.report('error', `Audit: records may not be on disk: ${error}`);
      }
      this.#syncFault = error;
      this.#syncHangs = false;
      this.#syncing = undefined;
      group.finish();
      if (this.#open) this.#flush();
    });
  }

  #releaseOpen(): void {
    this.#open?.finish();
    this.#open = undefined;
  }

  #diskFull(why: string): void {
    if (this.#fullness !== 'disk') {
      this.#fullness = 'disk';
      this.options.report('error', `Audit: the spool cannot be written: ${why}`);
    }
    this.#releaseOpen();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(this.#flush, RETRY_MS);
  }

  #judgeLimit(): void {
    if (this.#fullness === 'disk') return;
    if (this.#fullness === undefined && this.usedShare >= 1) {
      this.#fullness = 'limit';
      this.options.report(
        'error',
        `Audit: the spool has reached its limit of ${String(this.options.limitBytes)} bytes`,
      );
    } else if (this.#fullness === 'limit' && this.usedShare < REOPEN_SHARE) {
      this.#reopen();
    }
  }

  #reopen(): void {
    this.#fullness = undefined;
    this.options.report('warn', 'Audit: the spool takes records again');
    this.#judgeLimit();
    if (this.#gap) this.#schedule();
  }

  /** How many calls went unrecorded is itself a record, as soon as there is room for it. */
  #endGap(): void {
    if (!this.#gap || this.#fullness !== undefined) return;
    this.#seq += 1;
    this.#pending += gapLine({ id: uuidv7(), seq: this.#seq, ...this.#gap });
    this.#gap = undefined;
  }
}
