import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secrets } from '../../../config/secrets.js';
import type { Frame } from './frame.js';

/** Other versions are not understood: a replica of one is, to the others, one that does not answer. */
const VERSION = 1;
const MAC_BYTES = 32;
const HEAD_BYTES = 1 + MAC_BYTES + 4;
const HEADER_BYTES_AT_MOST = 256 * 1024;
const BODY_BYTES_AT_MOST = 64 * 1024;
const SENDERS_AT_MOST = 1000;

export interface Received {
  readonly from: string;
  readonly frame: Frame;
  readonly bytes: Buffer;
}

/**
 * Frames between replicas: version (1 byte), HMAC-SHA-256 (32), length of the header (4), header as JSON,
 * bytes. Redis may be shared with others, so a frame counts only with a key derived from `SECRETS_KEY`, on the
 * channel that it was made for, and with a higher number than the last one of its sender: nobody can
 * forge one, send it elsewhere, or send it again.
 */
export class FrameCodec {
  readonly #keys: readonly Buffer[];
  readonly #heard = new Map<string, number>();
  #sent = 0;

  constructor(
    secrets: Secrets,
    private readonly replica: string,
  ) {
    this.#keys = secrets.derive('replica inbox');
  }

  /** @throws RangeError for what no replica would take. */
  encode(channel: string, frame: Frame, bytes: Buffer = Buffer.alloc(0)): Buffer {
    this.#sent += 1;
    const header = Buffer.from(JSON.stringify([this.replica, this.#sent, frame]));
    if (header.length > HEADER_BYTES_AT_MOST || bytes.length > BODY_BYTES_AT_MOST) {
      throw new RangeError(`a frame of ${String(header.length)} and ${String(bytes.length)} bytes is too large`);
    }
    const encoded = Buffer.allocUnsafe(HEAD_BYTES + header.length + bytes.length);
    encoded[0] = VERSION;
    encoded.writeUInt32BE(header.length, 1 + MAC_BYTES);
    header.copy(encoded, HEAD_BYTES);
    bytes.copy(encoded, HEAD_BYTES + header.length);
    const [key] = this.#keys;
    if (!key) throw new Error('there is no key to sign with');
    mac(key, channel, encoded).copy(encoded, 1);
    return encoded;
  }

  /** `undefined` for what no replica of ours made, made for this channel, or made anew. */
  decode(channel: string, encoded: Buffer): Received | undefined {
    if (encoded.length < HEAD_BYTES || encoded[0] !== VERSION) return undefined;
    const headerBytes = encoded.readUInt32BE(1 + MAC_BYTES);
    const bodyBytes = encoded.length - HEAD_BYTES - headerBytes;
    if (headerBytes > HEADER_BYTES_AT_MOST || bodyBytes < 0 || bodyBytes > BODY_BYTES_AT_MOST) return undefined;
    const given = encoded.subarray(1, 1 + MAC_BYTES);
    if (!this.#keys.some((key) => timingSafeEqual(mac(key, channel, encoded), given))) return undefined;
    const header = encoded.toString('utf8', HEAD_BYTES, HEAD_BYTES + headerBytes);
    // A replica of this version wrote it: the MAC says so.
    const [from, number, frame] = JSON.parse(header) as [string, number, Frame];
    if (!this.#isNew(from, number)) return undefined;
    return { from, frame, bytes: encoded.subarray(HEAD_BYTES + headerBytes) };
  }

  /** Frames of one sender arrive in order: all leave on one connection, and come in on one. */
  #isNew(from: string, number: number): boolean {
    const last = this.#heard.get(from) ?? 0;
    if (number <= last) return false;
    this.#heard.delete(from);
    this.#heard.set(from, number);
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > SENDERS_AT_MOST && oldest !== undefined) this.#heard.delete(oldest);
    return true;
  }
}

function mac(key: Buffer, channel: string, encoded: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(`${channel}\n${String(VERSION)}\n`)
    .update(encoded.subarray(1 + MAC_BYTES))
    .digest();
}
