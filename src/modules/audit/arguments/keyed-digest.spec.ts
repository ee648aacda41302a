import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KeyedDigest } from './keyed-digest.js';

describe('KeyedDigest', () => {
  it.each([0, 1, 63, 64, 65, 4095, 4096, 4097, 100_000])('is HMAC-SHA-256 of %i bytes', (length) => {
    const [key, message] = [randomBytes(32), randomBytes(length)];
    const expected = createHmac('sha256', key).update(message).digest();
    const digest = new KeyedDigest(key);
    expect(digest.hex(message)).toBe(expected.toString('hex'));
    expect(digest.bytes(message)).toEqual(expected);
    expect(digest.hex(Buffer.from('another'))).toBe(createHmac('sha256', key).update('another').digest('hex'));
  });
});
