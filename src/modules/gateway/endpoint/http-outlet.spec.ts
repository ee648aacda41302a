import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UNREAD_MS_AT_MOST, writeTo } from './http-outlet.js';

/** A client that reads nothing until it is told to. */
class Reader extends Writable {
  #read: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.#read = done;
  }

  read(): void {
    this.#read?.();
  }
}

describe('writeTo', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits for a client that reads slowly, and leaves nothing behind', async () => {
    const raw = new Reader();
    for (let i = 0; i < 20; i += 1) {
      const writing = writeTo(raw, 'more than fits');
      await vi.advanceTimersByTimeAsync(UNREAD_MS_AT_MOST - 1);
      raw.read();
      await writing;
    }
    expect(raw.destroyed).toBe(false);
    expect(raw.listenerCount('close') + raw.listenerCount('drain')).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('cuts off a client that stopped reading', async () => {
    const raw = new Reader();
    const writing = writeTo(raw, 'more than fits');
    await vi.advanceTimersByTimeAsync(UNREAD_MS_AT_MOST);
    await writing;
    expect(raw.destroyed).toBe(true);
  });

  it('does not wait for a client that left', async () => {
    const raw = new Reader();
    const writing = writeTo(raw, 'more than fits');
    raw.destroy();
    await writing;
    await writeTo(raw, 'and again');
    expect(vi.getTimerCount()).toBe(0);
  });
});
