import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../kernel/app-error.js';

const MAC_BYTES = 16;
const FINGERPRINT_BYTES = 8;

/**
 * Opaque, signed cursors. A cursor holds the position after the last entry and a fingerprint of the
 * filters it was made for, so that it continues that list and no other.
 */
export class CursorCodec {
  /** @param keys the first signs, all verify. */
  constructor(private readonly keys: readonly Buffer[]) {}

  encode(position: readonly string[], filters: unknown): string {
    const payload = Buffer.concat([fingerprint(filters), Buffer.from(JSON.stringify(position))]);
    const [key = Buffer.alloc(0)] = this.keys;
    return Buffer.concat([mac(key, payload), payload]).toString('base64url');
  }

  /** @throws AppError `request.invalid_cursor` (400) for a cursor that is not ours or of another list. */
  decode(cursor: string, filters: unknown): readonly string[] {
    const bytes = Buffer.from(cursor, 'base64url');
    const [given, payload] = [bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)];
    const signed =
      bytes.length > MAC_BYTES + FINGERPRINT_BYTES &&
      this.keys.some((key) => timingSafeEqual(mac(key, payload), given));
    if (!signed) throw refused('The cursor is not one that this service gave out');
    if (!payload.subarray(0, FINGERPRINT_BYTES).equals(fingerprint(filters))) {
      throw refused('The cursor belongs to a list with other filters');
    }
    return JSON.parse(payload.subarray(FINGERPRINT_BYTES).toString()) as string[];
  }
}

function mac(key: Buffer, payload: Buffer): Buffer {
  return createHmac('sha256', key).update(payload).digest().subarray(0, MAC_BYTES);
}

function fingerprint(filters: unknown): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(filters ?? null))
    .digest()
    .subarray(0, FINGERPRINT_BYTES);
}

function refused(why: string): AppError {
  const message = `${why}; start again without one.`;
  return new AppError('invalid', 'request.invalid_cursor', message, { violations: [{ path: 'cursor', message }] });
}
