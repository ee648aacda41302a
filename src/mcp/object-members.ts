import { BACKSLASH, CLOSE_BRACE, closingQuote, COLON, COMMA, isJsonSpace, OPEN_BRACE, QUOTE } from './json-bytes.js';

/**
 * The members of an encoded object: key to the bytes of its value, which stay as they were written.
 * Of a key given twice the last one counts, as it does for `JSON.parse`.
 */
export type EncodedMembers = Map<string, Buffer>;

/** The offset behind the value that starts at `start`. */
function valueEnd(bytes: Buffer, start: number): number {
  if (bytes[start] === QUOTE) return closingQuote(bytes, start + 1) + 1 || bytes.length;
  let open = 0;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = closingQuote(bytes, at + 1);
      if (at === -1) break;
    } else if ((byte | 0x20) === OPEN_BRACE) {
      open += 1;
    } else if ((byte | 0x20) === CLOSE_BRACE) {
      if (open === 0) return at;
      open -= 1;
      if (open === 0) return at + 1;
    } else if (open === 0 && (byte === COMMA || isJsonSpace(byte))) {
      return at;
    }
  }
  return bytes.length;
}

/** The key between two quotes, the first of which is at `start`. */
function keyText(bytes: Buffer, start: number, end: number): string {
  for (let at = start + 1; at < end; at += 1) {
    if (bytes[at] === BACKSLASH) return JSON.parse(bytes.toString('utf8', start, end + 1)) as string;
  }
  return bytes.toString('utf8', start + 1, end);
}

/**
 * Takes an object apart, one level deep and without a copy: the values share memory with `object`,
 * which must be valid JSON with an object at the top.
 */
export function membersOf(object: Buffer): EncodedMembers {
  const members: EncodedMembers = new Map();
  let at = 0;
  while (isJsonSpace(object[at])) at += 1;
  at += 1;
  while (at < object.length && object[at] !== CLOSE_BRACE) {
    if (object[at] !== QUOTE) {
      at += 1;
      continue;
    }
    const quote = closingQuote(object, at + 1);
    if (quote === -1) break;
    const key = keyText(object, at, quote);
    // Behind the key there is white space, the colon, and white space again.
    let value = quote + 1;
    while (isJsonSpace(object[value]) || object[value] === COLON) value += 1;
    at = valueEnd(object, value);
    members.set(key, object.subarray(value, at));
  }
  return members;
}

/** Puts an object together from values that are encoded already (text is UTF-8). */
export function encodeMembers(members: ReadonlyMap<string, Buffer | string>): Buffer {
  let head = '{';
  let size = 1;
  const heads: string[] = [];
  for (const [key, value] of members) {
    head += `${JSON.stringify(key)}:`;
    heads.push(head);
    size += Buffer.byteLength(head) + (typeof value === 'string' ? Buffer.byteLength(value) : value.length);
    head = ',';
  }
  if (heads.length === 0) return Buffer.from('{}');
  const out = Buffer.allocUnsafe(size);
  let at = 0;
  let index = 0;
  for (const value of members.values()) {
    at += out.write(heads[index] ?? '', at);
    at += typeof value === 'string' ? out.write(value, at) : value.copy(out, at);
    index += 1;
  }
  out[at] = CLOSE_BRACE;
  return out;
}
