import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const SMALL_BYTES = 4096;

/**
 * HMAC-SHA-256 (RFC 2104) in hex. Written out over one-shot hashes: `createHmac` makes two objects a message and
 * takes twice as long for the small ones that arguments are.
 */
export class KeyedDigest {
  readonly #inner = Buffer.alloc(BLOCK_BYTES + SMALL_BYTES);
  readonly #outer = Buffer.alloc(BLOCK_BYTES + 32);

  /** @param key at most 64 bytes. */
  constructor(key: Buffer) {
    if (key.length > BLOCK_BYTES) throw new RangeError('a key of more than 64 bytes');
    for (let i = 0; i < BLOCK_BYTES; i += 1) {
      this.#inner[i] = (key[i] ?? 0) ^ 0x36;
      this.#outer[i] = (key[i] ?? 0) ^ 0x5c;
    }
  }

  hex(message: Buffer): string {
    return this.#finish(message, 'hex');
  }

  bytes(message: Buffer): Buffer {
    return this.#finish(message, 'buffer');
  }

  #finish(message: Buffer, encoding: 'hex'): string;
  #finish(message: Buffer, encoding: 'buffer'): Buffer;
  #finish(message: Buffer, encoding: 'hex' | 'buffer'): string | Buffer {
    hash('sha256', this.#withPad(message), 'buffer').copy(this.#outer, BLOCK_BYTES);
    return hash('sha256', this.#outer, encoding);
  }

  #withPad(message: Buffer): Buffer {
    if (message.length > SMALL_BYTES) return Buffer.concat([this.#inner.subarray(0, BLOCK_BYTES), message]);
    message.copy(this.#inner, BLOCK_BYTES);
    return this.#inner.subarray(0, BLOCK_BYTES + message.length);
  }
}
