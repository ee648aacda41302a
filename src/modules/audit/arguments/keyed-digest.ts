import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const SMALL_BYTES = 8192;
/** What a UTF-16 code unit takes in UTF-8 at most. */
const BYTES_A_UNIT = 3;

/**
 * HMAC-SHA-256 (RFC 2104) in hex. Written out over one-shot hashes: `createHmac` makes two objects a message and
 * takes twice as long for the small ones that arguments are. Hex and no buffers: the memory of a buffer that comes
 * out of OpenSSL costs more than the hash.
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
    if (message.length > SMALL_BYTES) {
      return this.#finish(Buffer.concat([this.#inner.subarray(0, BLOCK_BYTES), message]));
    }
    message.copy(this.#inner, BLOCK_BYTES);
    return this.#finish(this.#inner.subarray(0, BLOCK_BYTES + message.length));
  }

  /** Of the bytes that `previous` is the hex of, and the UTF-8 of `text` behind them. */
  hexAfter(previous: string, text: string): string {
    if (previous.length + text.length * BYTES_A_UNIT > SMALL_BYTES) {
      return this.hex(Buffer.concat([Buffer.from(previous, 'hex'), Buffer.from(text)]));
    }
    const textAt = BLOCK_BYTES + this.#inner.write(previous, BLOCK_BYTES, 'hex');
    return this.#finish(this.#inner.subarray(0, textAt + this.#inner.write(text, textAt)));
  }

  #finish(padded: Buffer): string {
    this.#outer.write(hash('sha256', padded), BLOCK_BYTES, 'hex');
    return hash('sha256', this.#outer);
  }
}
