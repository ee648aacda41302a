/** Bytes that structure JSON and event streams. */
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

/** Half-open range of byte offsets: `start` is the first byte of a value, `end` the one behind its last. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export function isJsonSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === LF || byte === CR || byte === TAB;
}

/** How many bytes are looked at one by one before the native search takes over. */
const SHORT = 48;

/**
 * The offset of the quote that closes a string, with `from` inside it, or -1 when it is not in
 * `bytes`. Short strings are walked, long ones (base64 in arguments and results) searched natively.
 */
export function closingQuote(bytes: Buffer, from: number): number {
  let at = from;
  const near = Math.min(bytes.length, from + SHORT);
  while (at < near) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    at += byte === BACKSLASH ? 2 : 1;
  }
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) return -1;
    let slash = quote;
    while (slash > at && bytes[slash - 1] === BACKSLASH) slash -= 1;
    if ((quote - slash) % 2 === 0) return quote;
    at = quote + 1;
  }
}

/** Whether `bytes[start, end)` is exactly the ASCII text `word`. */
export function bytesAre(bytes: Buffer, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i += 1) {
    if (bytes[start + i] !== word.charCodeAt(i)) return false;
  }
  return true;
}
