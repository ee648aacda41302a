import {
  BACKSLASH,
  CLOSE_BRACE,
  closingQuote,
  COLON,
  COMMA,
  isJsonSpace,
  OPEN_BRACE,
  QUOTE,
  type ByteRange,
} from './json-bytes.js';

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

function keyText(bytes: Buffer, { start, end }: ByteRange): string {
  const escaped = bytes.subarray(start, end).includes(BACKSLASH);
  return escaped
    ? (JSON.parse(bytes.toString('utf8', start - 1, end + 1)) as string)
    : bytes.toString('utf8', start, end);
}

/**
 * Takes an object apart, one level deep and without a copy: the values share memory with `object`,
 * which must be valid JSON with an object at the top.
 */
export function membersOf(object: Buffer): EncodedMembers {
  const members: EncodedMembers = new Map();
  let at = object.indexOf(OPEN_BRACE) + 1;
  while (at < object.length && object[at] !== CLOSE_BRACE) {
    if (object[at] !== QUOTE) {
      at += 1;
      continue;
    }
    const end = closingQuote(object, at + 1);
    const colon = end === -1 ? -1 : object.indexOf(COLON, end);
    if (colon === -1) break;
    const key = keyText(object, { start: at + 1, end });
    let value = colon + 1;
    while (isJsonSpace(object[value])) value += 1;
    at = valueEnd(object, value);
    members.set(key, object.subarray(value, at));
  }
  return members;
}

/** Puts an object together from values that are encoded already (text is UTF-8). */
export function encodeMembers(members: ReadonlyMap<string, Buffer | string>): Buffer {
  const parts: Buffer[] = [];
  for (const [key, value] of members) {
    parts.push(Buffer.from(`${parts.length === 0 ? '{' : ','}${JSON.stringify(key)}:`));
    parts.push(typeof value === 'string' ? Buffer.from(value) : value);
  }
  parts.push(Buffer.from(parts.length === 0 ? '{}' : '}'));
  return Buffer.concat(parts);
}
