import { describe, expect, it } from 'vitest';
import { Secrets } from '../../../config/secrets.js';
import { FrameCodec } from './frame-codec.js';
import type { Frame } from './frame.js';

const codec = (replica: string, ...roots: string[]): FrameCodec =>
  new FrameCodec(new Secrets(roots.length > 0 ? roots : ['one root key']), replica);
const FRAME: Frame = { type: 'message', kind: 'hello', meta: { text: 'grüß' } };
const BYTES = Buffer.from([0, 255, 10]);

function changed(encoded: Buffer, at: number): Buffer {
  const copy = Buffer.from(encoded);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

describe('FrameCodec', () => {
  it('decodes what another replica encoded', () => {
    const decoded = codec('b').decode('to b', codec('a').encode('to b', FRAME, BYTES));
    expect(decoded).toEqual({ from: 'a', frame: FRAME, bytes: BYTES });
  });

  it('signs with the first key and takes all', () => {
    const old = codec('a', 'old').encode('to b', FRAME);
    expect(codec('b', 'new', 'old').decode('to b', old)?.from).toBe('a');
    const recent = codec('a', 'new', 'old').encode('to b', FRAME);
    expect(codec('b', 'new').decode('to b', recent)?.from).toBe('a');
  });

  const encoded = codec('a').encode('to b', FRAME, BYTES);
  it.each<[what: string, channel: string, bytes: Buffer]>([
    ['another channel', 'to c', encoded],
    ['another key', 'to b', codec('a', 'another').encode('to b', FRAME, BYTES)],
    ['another version', 'to b', changed(encoded, 0)],
    ['a changed signature', 'to b', changed(encoded, 1)],
    ['a changed length', 'to b', changed(encoded, 36)],
    ['a changed header', 'to b', changed(encoded, 40)],
    ['changed bytes', 'to b', changed(encoded, -1)],
    ['fewer bytes', 'to b', encoded.subarray(0, -1)],
    ['a stump', 'to b', encoded.subarray(0, 10)],
    ['nothing', 'to b', Buffer.alloc(0)],
    ['text', 'to b', Buffer.from('x'.repeat(200))],
  ])('takes nothing with %s', (_what, channel, bytes) => {
    expect(codec('b').decode(channel, bytes)).toBeUndefined();
  });

  it('takes each frame once, and none that is older than the last', () => {
    const [sender, receiver] = [codec('a'), codec('b')];
    const [first, second, third] = [1, 2, 3].map(() => sender.encode('to b', FRAME));
    if (!first || !second || !third) throw new Error('unreachable');
    expect(receiver.decode('to b', first)).toBeDefined();
    expect(receiver.decode('to b', third)).toBeDefined();
    for (const again of [first, second, third]) expect(receiver.decode('to b', again)).toBeUndefined();
    expect(receiver.decode('to b', codec('c').encode('to b', FRAME))).toBeDefined();
  });

  it('encodes nothing that would not be taken', () => {
    expect(() => codec('a').encode('to b', FRAME, Buffer.alloc(65_537))).toThrow(RangeError);
    expect(() => codec('a').encode('to b', { ...FRAME, kind: 'x'.repeat(300_000) })).toThrow(RangeError);
  });
});
