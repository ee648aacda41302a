import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { segmentPath } from '../spool/segment-files.js';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 256 * 1024;

export interface Piece {
  /** Without their newlines. */
  readonly lines: readonly string[];
  /** Behind the last newline of a segment. */
  readonly tornBytes: number;
  /** Nothing more is written, for now. */
  readonly atEnd: boolean;
}

/** Reads whole lines from a folder's segments, also from the one that is still written. */
export class SegmentReader {
  #fd: number | undefined;
  #openSegment = 0;
  #segment: number;
  #offset = 0;
  #chunk = Buffer.alloc(CHUNK_BYTES);

  constructor(
    private readonly folder: string,
    segment: number,
  ) {
    this.#segment = segment;
  }

  /** Of the last line that was given out. */
  get segment(): number {
    return this.#segment;
  }

  /** The next whole lines, or that there are none. */
  next(): Piece {
    for (;;) {
      // Asked for before reading: once it is there, nothing is appended to this one.
      const followed = existsSync(segmentPath(this.folder, this.#segment + 1));
      const bytes = this.#read();
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      if (end > 0) {
        this.#offset += end;
        return { lines: bytes.toString('utf8', 0, end - 1).split('\n'), tornBytes: 0, atEnd: false };
      }
      if (bytes.length === this.#chunk.length) {
        this.#chunk = Buffer.alloc(this.#chunk.length * 2);
        continue;
      }
      if (!followed) return { lines: [], tornBytes: bytes.length, atEnd: true };
      this.#segment += 1;
      this.#offset = 0;
      if (bytes.length > 0) return { lines: [], tornBytes: bytes.length, atEnd: false };
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #read(): Buffer {
    if (this.#fd === undefined || this.#openSegment !== this.#segment) {
      this.close();
      const file = segmentPath(this.folder, this.#segment);
      if (!existsSync(file)) return Buffer.alloc(0);
      this.#fd = openSync(file, 'r');
      this.#openSegment = this.#segment;
    }
    const length = readSync(this.#fd, this.#chunk, 0, this.#chunk.length, this.#offset);
    return this.#chunk.subarray(0, length);
  }
}
