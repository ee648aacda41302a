import { AppError } from '../kernel/app-error.js';
import { COLON, CR, LF, SPACE, bytesAre } from './json-bytes.js';

/** One block of an event stream, up to and with its blank line. */
export interface SseFrame {
  /** The bytes as they came; all `raw` and the decoder's {@link SseDecoder.end} together are the stream. */
  readonly raw: Buffer;
  /** The lines of data joined by LF; `undefined` when the block has none: a comment, an id, a retry. */
  readonly data: Buffer | undefined;
  readonly event: string | undefined;
  readonly id: string | undefined;
  /** What a client should wait before it reconnects, in milliseconds. */
  readonly retryMs: number | undefined;
}

export interface SseLimits {
  /** The largest block, comments included, in bytes. */
  readonly maxEventBytes: number;
}

const DEFAULT_LIMITS: SseLimits = { maxEventBytes: 16 * 1024 * 1024 };
/** How much of a line is looked at byte by byte before the native search takes over. */
const SHORT_LINE = 128;
const NOTHING: Buffer = Buffer.alloc(0);
const NEWLINE: Buffer = Buffer.from('\n');

/** The fields of the block that is being read. */
interface Block {
  data: Buffer[];
  event: string | undefined;
  id: string | undefined;
  retryMs: number | undefined;
}

function newBlock(): Block {
  return { data: [], event: undefined, id: undefined, retryMs: undefined };
}

/**
 * Event stream framing on bytes (WHATWG HTML, 9.2.6): CR, LF and CRLF, a BOM at the start, several
 * data lines, comments. Chunk boundaries may lie anywhere. A block is given out with its blank
 * line; an LF that belongs to a CR at the end of a chunk opens the next block's `raw`.
 */
export class SseDecoder {
  readonly #limits: SseLimits;
  #buffer: Buffer = NOTHING;
  /** Bytes of `#buffer` that are filled; a buffer of our own has room behind them. */
  #used = 0;
  #own = false;
  #lineStart = 0;
  /** Up to here the open line is known to have no end. */
  #searched = 0;
  #skipLf = false;
  #first = true;
  #block: Block = newBlock();

  constructor(limits: SseLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /**
   * The blocks that `chunk` completes. They share memory with the chunk, or with nothing else.
   *
   * @throws AppError `mcp.sse_event_too_large` when a block outgrows the limit.
   */
  push(chunk: Buffer): SseFrame[] {
    this.#append(chunk);
    const frames: SseFrame[] = [];
    let blockStart = 0;
    if (this.#skipLf && this.#lineStart < this.#used) {
      this.#skipLf = false;
      if (this.#buffer[this.#lineStart] === LF) {
        this.#lineStart += 1;
        this.#searched = this.#lineStart;
      }
    }
    for (;;) {
      const end = this.#lineEnd();
      if (end === -1) break;
      let next = end + 1;
      if (this.#buffer[end] === CR) {
        if (next === this.#used) this.#skipLf = true;
        else if (this.#buffer[next] === LF) next += 1;
      }
      const blank = this.#line(this.#lineStart, end);
      this.#lineStart = next;
      this.#searched = next;
      if (blank) {
        this.#bound(next - blockStart);
        frames.push(this.#frame(this.#buffer.subarray(blockStart, next)));
        blockStart = next;
      }
    }
    this.#bound(this.#used - blockStart);
    this.#keepFrom(blockStart);
    return frames;
  }

  /** What came behind the last blank line: an event that was cut off, which a client must not act upon. */
  end(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

  #bound(bytes: number): void {
    if (bytes <= this.#limits.maxEventBytes) return;
    const message = `An event of the upstream's stream is larger than ${this.#limits.maxEventBytes} bytes.`;
    throw new AppError('upstream_failed', 'mcp.sse_event_too_large', message);
  }

  /** A chunk that begins a block is read in place; one that continues a block is copied behind it. */
  #append(chunk: Buffer): void {
    if (this.#used === 0) {
      this.#buffer = chunk;
      this.#used = chunk.length;
      this.#own = false;
      return;
    }
    const size = this.#used + chunk.length;
    if (!this.#own || size > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(size, this.#used * 2));
      this.#buffer.copy(grown, 0, 0, this.#used);
      this.#buffer = grown;
      this.#own = true;
    }
    chunk.copy(this.#buffer, this.#used);
    this.#used = size;
  }

  /** Keeps the open block in memory of its own, so that frames given out are never written to. */
  #keepFrom(start: number): void {
    if (start === 0 && this.#own) return;
    const rest = this.#used - start;
    this.#buffer = rest === 0 ? NOTHING : Buffer.from(this.#buffer.subarray(start, this.#used));
    this.#used = rest;
    this.#own = rest > 0;
    this.#lineStart -= start;
    this.#searched -= start;
  }

  #lineEnd(): number {
    const near = Math.min(this.#used, this.#searched + SHORT_LINE);
    for (let at = this.#searched; at < near; at += 1) {
      const byte = this.#buffer[at];
      if (byte === LF || byte === CR) return at;
    }
    const rest = this.#buffer.subarray(near, this.#used);
    const lf = rest.indexOf(LF);
    const cr = (lf === -1 ? rest : rest.subarray(0, lf)).indexOf(CR);
    const end = cr === -1 ? lf : cr;
    if (end !== -1) return near + end;
    this.#searched = this.#used;
    return -1;
  }

  /** Takes one line into the block; true when it is the blank one that ends it. */
  #line(from: number, end: number): boolean {
    let start = from;
    if (this.#first) {
      this.#first = false;
      if (bytesAre(this.#buffer, start, Math.min(end, start + 3), '\u00ef\u00bb\u00bf')) start += 3;
    }
    if (start === end) return true;
    let colon = start;
    while (colon < end && this.#buffer[colon] !== COLON) colon += 1;
    if (colon === start) return false;
    const value = this.#buffer[colon + 1] === SPACE ? colon + 2 : colon + 1;
    this.#field(start, colon, Math.min(value, end), end);
    return false;
  }

  #field(start: number, colon: number, value: number, end: number): void {
    const bytes = this.#buffer;
    if (bytesAre(bytes, start, colon, 'data')) this.#block.data.push(bytes.subarray(value, end));
    else if (bytesAre(bytes, start, colon, 'event')) this.#block.event = bytes.toString('utf8', value, end);
    else if (bytesAre(bytes, start, colon, 'id')) {
      const id = bytes.toString('utf8', value, end);
      if (!id.includes('\0')) this.#block.id = id;
    } else if (bytesAre(bytes, start, colon, 'retry')) {
      const digits = bytes.toString('latin1', value, end);
      if (/^\d{1,15}$/.test(digits)) this.#block.retryMs = Number(digits);
    }
  }

  #frame(raw: Buffer): SseFrame {
    const { data, event, id, retryMs } = this.#block;
    this.#block = newBlock();
    return { raw, data: joinLines(data), event, id, retryMs };
  }
}

function joinLines(lines: readonly Buffer[]): Buffer | undefined {
  if (lines.length < 2) return lines[0];
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [NEWLINE, line])));
}
