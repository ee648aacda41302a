import { type SegmentFiles, segmentPath } from './segment-files.js';

const NEWLINE = 0x0a;
const SEGMENT_BYTES_AT_MOST = 16 * 1024 * 1024;

export interface SegmentWriterOptions {
  readonly folder: string;
  readonly segmentBytes: number;
  readonly files: SegmentFiles;
  /** Whether files are kept open until somebody has synced them. */
  readonly synced: boolean;
}

/** What an append could not write, and why. Lines before it are written whole. */
export interface Unwritten {
  readonly lines: string;
  readonly cause: unknown;
}

/** Appends whole lines to numbered files; a file that is large enough is followed by the next. */
export class SegmentWriter {
  readonly #segmentBytes: number;
  readonly #unsynced = new Set<number>();
  readonly #beingSynced = new Set<number>();
  #newNames = false;
  #number = 0;
  #fd: number | undefined;
  /** Of the current file, whole lines only. */
  #sizeBytes = 0;
  #writtenBytes = 0;

  constructor(private readonly options: SegmentWriterOptions) {
    this.#segmentBytes = Math.min(options.segmentBytes, SEGMENT_BYTES_AT_MOST);
  }

  /** To all files since start. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** @returns undefined when all lines are with the kernel. */
  append(lines: string): Unwritten | undefined {
    const bytes = Buffer.from(lines);
    let written = 0;
    try {
      const fd = this.#current();
      while (written < bytes.length) written += this.options.files.write(fd, bytes, written);
    } catch (cause) {
      return { lines: this.#keepWholeLines(bytes, written), cause };
    }
    this.#took(bytes.length);
    return undefined;
  }

  /** The files to sync so that everything appended until now is on disk, and whether their names are new. */
  takeUnsynced(): { readonly files: readonly number[]; readonly newNames: boolean } {
    const taken = { files: [...this.#unsynced], newNames: this.#newNames };
    for (const fd of taken.files) this.#beingSynced.add(fd);
    this.#unsynced.clear();
    this.#newNames = false;
    return taken;
  }

  /** After the sync of what was taken: files that are full need no descriptor any more. */
  synced(): void {
    const files = [...this.#beingSynced];
    this.#beingSynced.clear();
    for (const fd of files) this.#closeIfDone(fd);
  }

  close(): void {
    const files = new Set([...this.#unsynced, ...(this.#fd === undefined ? [] : [this.#fd])]);
    this.#fd = undefined;
    for (const fd of files) this.options.files.close(fd);
  }

  #current(): number {
    if (this.#fd !== undefined && this.#sizeBytes < this.#segmentBytes) return this.#fd;
    const full = this.#fd;
    this.#fd = this.options.files.open(segmentPath(this.options.folder, this.#number + 1));
    this.#number += 1;
    this.#sizeBytes = 0;
    this.#newNames = true;
    if (full !== undefined) this.#closeIfDone(full);
    return this.#fd;
  }

  #closeIfDone(fd: number): void {
    if (fd !== this.#fd && !this.#unsynced.has(fd) && !this.#beingSynced.has(fd)) this.options.files.close(fd);
  }

  #took(bytes: number): void {
    this.#sizeBytes += bytes;
    this.#writtenBytes += bytes;
    if (bytes > 0 && this.options.synced && this.#fd !== undefined) this.#unsynced.add(this.#fd);
  }

  /** A line that was cut in the middle is taken back, so that the next one does not join it. */
  #keepWholeLines(bytes: Buffer, written: number): string {
    const kept = bytes.subarray(0, written).lastIndexOf(NEWLINE) + 1;
    if (this.#fd !== undefined && kept < written) this.options.files.truncate(this.#fd, this.#sizeBytes + kept);
    this.#took(kept);
    return bytes.toString('utf8', kept);
  }
}
