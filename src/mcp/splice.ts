import type { ByteRange } from './json-bytes.js';

/** One replacement: the bytes of `range` give way to `by` (UTF-8 where it is text). */
export interface Splice {
  readonly range: ByteRange;
  readonly by: Buffer | string;
}

/** `bytes` with one range replaced. The rest is copied as it is, never encoded again. */
export function splice(bytes: Buffer, range: ByteRange, by: Buffer | string): Buffer {
  const size = typeof by === 'string' ? Buffer.byteLength(by) : by.length;
  const out = Buffer.allocUnsafe(bytes.length - (range.end - range.start) + size);
  bytes.copy(out, 0, 0, range.start);
  if (typeof by === 'string') out.write(by, range.start);
  else by.copy(out, range.start);
  bytes.copy(out, range.start + size, range.end);
  return out;
}

/** `bytes` with several ranges replaced, which must not overlap; their order does not matter. */
export function spliceAll(bytes: Buffer, splices: readonly Splice[]): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const { range, by } of [...splices].sort((a, b) => a.range.start - b.range.start)) {
    parts.push(bytes.subarray(at, range.start), typeof by === 'string' ? Buffer.from(by) : by);
    at = range.end;
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}
