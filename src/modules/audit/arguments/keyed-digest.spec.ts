import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KeyedDigest } from './keyed-digest.js';

describe('KeyedDigest', () => {
  it.each([0, 1, 63, 64, 65, 8191, 8192, 8193, 100_000])('is HMAC-SHA-256 of %i bytes', (length) => {
    const [key, message] = [randomBytes(32), randomBytes(length)];
    const expected = createHmac('sha256', key).update(message).digest();
    const digest = new KeyedDigest(key);
    expect(digest.hex(message)).toBe(expected.toString('hex'));
    expect(digest.hex(Buffer.from('another'))).toBe(createHmac('sha256', key).update('another').digest('hex'));
  });

  it.each([0, 1, 2709, 2710, 100_000])('is the same over what was before and a text of %i characters', (length) => {
    const [key, previous, text] = [randomBytes(32), randomBytes(32), '\u20ac'.repeat(length)];
    const expected = createHmac('sha256', key).update(previous).update(text).digest('hex');
    expect(new KeyedDigest(key).hexAfter(previous.toString('hex'), text)).toBe(expected);
  });
});
