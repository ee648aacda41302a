import {
  BACKSLASH,
  bytesAre,
  CLOSE_BRACE,
  closingQuote,
  COLON,
  COMMA,
  isJsonSpace,
  OPEN_BRACE,
  QUOTE,
  type ByteRange,
} from './json-bytes.js';

/** The longest key or `resultType` that is read, in bytes: `resultType` with every letter escaped is 60. */
const MAX_TOKEN_BYTES = 96;
/** The longest `error.code` that is read, in bytes. */
const MAX_NUMBER_BYTES = 24;

const TOP_WORDS = ['id', 'method', 'result', 'error'] as const;
const RESULT_WORDS = ['isError', 'resultType'] as const;
const ERROR_WORDS = ['code'] as const;
type Word = (typeof TOP_WORDS)[number] | (typeof RESULT_WORDS)[number] | (typeof ERROR_WORDS)[number] | '';

/**
 * Reads from one JSON-RPC message, while its bytes pass through, the few facts that the gateway
 * needs, without parsing it: chunk boundaries may lie anywhere, state is bounded whatever the size
 * of the message, and duplicate keys end as `JSON.parse` ends them (the last one counts). It does
 * not validate: bytes that are no JSON give facts that mean nothing, and `complete` only says that
 * the brackets closed.
 */
export class ResponseScanner {
  hasMethod = false;
  hasResult = false;
  hasError = false;
  /** `result.isError` is `true`: the tool ran and failed. */
  isError = false;
  /** `result.resultType`; `undefined` when it is absent, no string, or longer than any that is known. */
  resultType: string | undefined;
  /** The bytes of the top-level `id`, counted from the first byte pushed; `end` is -1 while it is open. */
  idStart = -1;
  idEnd = -1;
  /** The top-level object has ended. */
  complete = false;
  /** The first byte is not that of an object, or something follows the object's end. */
  malformed = false;

  #depth = 0;
  /** Bytes pushed before the current chunk. */
  #offset = 0;
  /** The top-level member whose value is being passed. */
  #section: Word = '';
  /** The member of `result` or `error` whose value comes next. */
  #member: Word = '';
  /** Depth 2 is an object whose members count. */
  #watching = false;
  #expectKey = false;
  #inString = false;
  /** The next byte continues an escape that the last chunk began. */
  #escaped = false;
  /** The open string is a key, or the value of `resultType`. */
  #wanted: 'key' | 'value' | 'no' = 'no';
  #carry: Buffer | undefined;
  #carryTooLong = false;
  #inId = false;
  #numberText = '';

  /** `error.code`, an integer; `undefined` when there is none. */
  get errorCode(): number | undefined {
    if (!this.hasError || this.#numberText === '') return undefined;
    const code = Number(this.#numberText);
    return Number.isSafeInteger(code) ? code : undefined;
  }

  /** It answers a request: a result or an error, and no method of its own. */
  get isResponse(): boolean {
    return !this.hasMethod && (this.hasResult || this.hasError);
  }

  get idRange(): ByteRange | undefined {
    return this.idStart === -1 || this.idEnd === -1 ? undefined : { start: this.idStart, end: this.idEnd };
  }

  push(chunk: Buffer): void {
    let at = this.#inString ? this.#continueString(chunk, 0) : 0;
    while (at < chunk.length) {
      const byte = chunk[at] ?? 0;
      if (byte === QUOTE) {
        at = this.#openString(chunk, at);
        continue;
      }
      if ((byte | 0x20) === OPEN_BRACE) this.#open(byte, this.#offset + at);
      else if ((byte | 0x20) === CLOSE_BRACE) this.#close(this.#offset + at);
      else if (this.#depth <= 1 || (this.#depth === 2 && this.#watching)) this.#structure(byte, this.#offset + at);
      at += 1;
    }
    this.#offset += chunk.length;
  }

  #open(byte: number, at: number): void {
    if (this.#depth === 0) {
      if (byte !== OPEN_BRACE || this.complete) this.malformed = true;
      this.#expectKey = true;
    } else if (this.#depth === 1) {
      this.#watching = byte === OPEN_BRACE && (this.#section === 'result' || this.#section === 'error');
      this.#expectKey = this.#watching;
      if (this.#section === 'id') this.#startId(at);
    } else if (this.#depth === 2 && this.#watching) {
      this.#member = '';
    }
    this.#depth += 1;
  }

  #close(at: number): void {
    if (this.#depth === 0) {
      this.malformed = true;
      return;
    }
    this.#depth -= 1;
    if (this.#depth === 0) {
      this.#endId(at);
      this.complete = true;
    } else if (this.#depth === 1) {
      this.#watching = false;
      this.#expectKey = false;
      this.#member = '';
      if (this.#inId) this.#endId(at + 1);
    }
  }

  /** A byte outside strings and brackets, at a depth whose members count. */
  #structure(byte: number, at: number): void {
    if (isJsonSpace(byte)) {
      if (this.#depth === 1) this.#endId(at);
    } else if (this.#depth === 0) {
      this.malformed = true;
    } else if (byte === COMMA) {
      this.#expectKey = true;
      if (this.#depth === 1) {
        this.#endId(at);
        this.#section = '';
      } else {
        this.#member = '';
      }
    } else if (byte === COLON) {
      this.#expectKey = false;
    } else {
      this.#primitive(byte, at);
    }
  }

  #primitive(byte: number, at: number): void {
    if (this.#depth === 1) {
      if (this.#section === 'id') this.#startId(at);
    } else if (this.#member === 'isError') {
      this.isError = byte === 0x74;
      this.#member = '';
    } else if (this.#member === 'code' && this.#numberText.length < MAX_NUMBER_BYTES) {
      this.#numberText += String.fromCharCode(byte);
    }
  }

  #startId(at: number): void {
    if (this.#inId) return;
    this.#inId = true;
    this.idStart = at;
    this.idEnd = -1;
  }

  #endId(at: number): void {
    if (!this.#inId) return;
    this.#inId = false;
    this.idEnd = at;
    this.#section = '';
  }

  #openString(chunk: Buffer, at: number): number {
    const counts = this.#depth === 1 || (this.#depth === 2 && this.#watching);
    if (counts && this.#expectKey) this.#wanted = 'key';
    else if (counts && this.#member === 'resultType') this.#wanted = 'value';
    else this.#wanted = 'no';
    if (this.#depth === 1 && !this.#expectKey && this.#section === 'id') this.#startId(this.#offset + at);
    if (this.#depth === 0) this.malformed = true;
    this.#inString = true;
    return this.#continueString(chunk, at + 1);
  }

  /** Goes on inside a string at `from`; the offset behind its closing quote, or the end of the chunk. */
  #continueString(chunk: Buffer, from: number): number {
    let start = from;
    if (this.#escaped && start < chunk.length) {
      this.#escaped = false;
      start += 1;
    }
    const quote = closingQuote(chunk, start);
    if (quote === -1) {
      let slash = chunk.length;
      while (slash > start && chunk[slash - 1] === BACKSLASH) slash -= 1;
      this.#escaped = (chunk.length - slash) % 2 === 1 || (this.#escaped && start >= chunk.length);
      if (this.#wanted !== 'no') this.#keep(chunk.subarray(from));
      return chunk.length;
    }
    this.#inString = false;
    if (this.#wanted !== 'no') this.#finishToken(chunk, from, quote);
    if (this.#depth === 1 && this.#inId) this.#endId(this.#offset + quote + 1);
    return quote + 1;
  }

  #keep(part: Buffer): void {
    const kept = this.#carry?.length ?? 0;
    if (this.#carryTooLong || kept + part.length > MAX_TOKEN_BYTES) {
      this.#carryTooLong = true;
      this.#carry = undefined;
    } else {
      this.#carry = this.#carry === undefined ? Buffer.from(part) : Buffer.concat([this.#carry, part]);
    }
  }

  #finishToken(chunk: Buffer, from: number, quote: number): void {
    if (this.#carry !== undefined || this.#carryTooLong) {
      this.#keep(chunk.subarray(from, quote));
      const whole = this.#carry;
      this.#carry = undefined;
      const tooLong = this.#carryTooLong;
      this.#carryTooLong = false;
      if (whole === undefined || tooLong) this.#token(chunk, 0, -1);
      else this.#token(whole, 0, whole.length);
    } else {
      this.#token(chunk, from, quote - from > MAX_TOKEN_BYTES ? -1 : quote);
    }
  }

  /** A key or a wanted value lies in `bytes[start, end)`; `end` is -1 when it was too long to matter. */
  #token(bytes: Buffer, start: number, end: number): void {
    if (this.#wanted === 'value') {
      this.resultType = end === -1 ? undefined : textOf(bytes, start, end);
      this.#member = '';
      return;
    }
    this.#expectKey = false;
    if (this.#depth === 2) {
      this.#member = wordOf(bytes, start, end, this.#section === 'result' ? RESULT_WORDS : ERROR_WORDS);
      if (this.#member === 'isError') this.isError = false;
      else if (this.#member === 'resultType') this.resultType = undefined;
      else if (this.#member === 'code') this.#numberText = '';
      return;
    }
    this.#section = wordOf(bytes, start, end, TOP_WORDS);
    if (this.#section === 'method') this.hasMethod = true;
    else if (this.#section === 'error') {
      this.hasError = true;
      this.#numberText = '';
    } else if (this.#section === 'result') {
      this.hasResult = true;
      this.isError = false;
      this.resultType = undefined;
    }
  }
}

function textOf(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.toString('utf8', start, end);
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined;
  }
}

function wordOf<T extends string>(bytes: Buffer, start: number, end: number, words: readonly T[]): T | '' {
  if (end === -1) return '';
  for (const word of words) if (bytesAre(bytes, start, end, word)) return word;
  for (let at = start; at < end; at += 1) {
    if (bytes[at] !== BACKSLASH) continue;
    const text = textOf(bytes, start, end);
    return words.find((word) => word === text) ?? '';
  }
  return '';
}
