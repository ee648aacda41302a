import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FlowReceiver } from './flow-receiver.js';
import { CHUNK_BYTES, FlowSender, WINDOW_BYTES } from './flow-sender.js';

interface Piece {
  readonly sequence: number;
  readonly bytes: Buffer;
  readonly last: boolean;
}

function sender(): { flow: FlowSender; sent: Piece[]; over: string[] } {
  const sent: Piece[] = [];
  const over: string[] = [];
  const flow = new FlowSender(
    (sequence, bytes, last) => sent.push({ sequence, bytes, last }),
    () => over.push('over'),
  );
  return { flow, sent, over };
}

const total = (sent: readonly Piece[]): number => sent.reduce((sum, { bytes }) => sum + bytes.length, 0);

async function isWaiting(promise: Promise<void> | undefined): Promise<boolean> {
  const waits = Symbol('waits');
  return (await Promise.race([promise, setImmediate(waits)])) === waits;
}

describe('FlowSender', () => {
  it.each<[what: string, writes: number[], end: number | undefined, pieces: number[]]>([
    ['nothing', [], undefined, [0]],
    ['one small end', [], 10, [10]],
    ['writes and an end', [5, 7], 3, [5, 7, 3]],
    ['a large write', [2 * CHUNK_BYTES + 1], undefined, [CHUNK_BYTES, CHUNK_BYTES, 1, 0]],
    ['a large end', [], CHUNK_BYTES + 1, [CHUNK_BYTES, 1]],
    ['empty writes', [0, 0], undefined, [0]],
  ])('sends %s in numbered pieces, the last one marked', (_what, writes, end, pieces) => {
    const { flow, sent, over } = sender();
    for (const bytes of writes) void flow.write(Buffer.alloc(bytes));
    flow.end(end === undefined ? undefined : Buffer.alloc(end));
    expect(sent.map(({ bytes }) => bytes.length)).toEqual(pieces);
    expect(sent.map(({ sequence }) => sequence)).toEqual(pieces.map((_, n) => n));
    expect(sent.map(({ last }) => last)).toEqual(pieces.map((_, n) => n === pieces.length - 1));
    expect([flow.isOver, over]).toEqual([true, ['over']]);
  });

  it('has no more under way than the window, and holds its writer back', async () => {
    const { flow, sent, over } = sender();
    const writing = flow.write(Buffer.alloc(3 * WINDOW_BYTES));
    flow.end();
    expect([total(sent), await isWaiting(writing)]).toEqual([WINDOW_BYTES, true]);
    flow.consumed(100);
    expect(total(sent)).toBe(WINDOW_BYTES + 100);
    flow.consumed(50);
    expect(total(sent)).toBe(WINDOW_BYTES + 100);
    flow.consumed(2 * WINDOW_BYTES - 1);
    expect([total(sent), over]).toEqual([3 * WINDOW_BYTES - 1, []]);
    flow.consumed(2 * WINDOW_BYTES);
    expect([total(sent), over, sent.at(-1)?.last, await isWaiting(writing)]).toEqual([
      3 * WINDOW_BYTES,
      ['over'],
      true,
      false,
    ]);
  });

  it('lets its writer go when it is closed, and refuses one that does not wait', async () => {
    const { flow } = sender();
    const writing = flow.write(Buffer.alloc(2 * WINDOW_BYTES));
    flow.close();
    await writing;
    expect(flow.write(Buffer.alloc(1))).toBeUndefined();
    const heedless = sender().flow;
    for (let n = 0; n < 64; n += 1) void heedless.write(Buffer.alloc(WINDOW_BYTES));
    expect(() => heedless.write(Buffer.alloc(3 * WINDOW_BYTES))).toThrow(RangeError);
  });
});

describe('FlowReceiver', () => {
  it('takes pieces in their order only, and none after the last', () => {
    const flow = new FlowReceiver();
    expect(flow.accept(0, 10, false)).toBe(true);
    expect(flow.accept(0, 10, false)).toBe(false);
    expect(flow.accept(2, 10, false)).toBe(false);
    expect([flow.accept(1, 10, true), flow.isWhole]).toEqual([true, true]);
    expect(flow.accept(2, 10, false)).toBe(false);
  });

  it('takes no more than there is room for', () => {
    const flow = new FlowReceiver();
    expect(flow.accept(0, WINDOW_BYTES, false)).toBe(true);
    expect(flow.accept(1, 1, false)).toBe(false);
  });

  it('tells in steps what was consumed, and nothing after the last piece', () => {
    const flow = new FlowReceiver();
    flow.accept(0, WINDOW_BYTES, false);
    const quarter = WINDOW_BYTES / 4;
    expect([quarter - 1, 1, quarter - 1, 1].map((bytes) => flow.consume(bytes))).toEqual([false, true, false, true]);
    expect(flow.consumedBytes).toBe(WINDOW_BYTES / 2);
    flow.accept(1, 0, true);
    expect(flow.consume(quarter)).toBe(false);
  });
});
