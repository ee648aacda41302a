import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DebouncedRuns } from './debounced-runs.js';

const LIMITS = { afterMs: 100, restMs: 1000, atOnce: 2, keysAtMost: 5 };

describe('DebouncedRuns', () => {
  let runs: DebouncedRuns;
  const started: string[] = [];
  const ends: (() => void)[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    runs = new DebouncedRuns(LIMITS, (key) => {
      started.push(key);
      return new Promise((resolve) => ends.push(resolve));
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    started.length = 0;
    ends.length = 0;
  });

  /** Ends what runs, and lets that be noticed. */
  async function endAll(): Promise<void> {
    for (const end of ends.splice(0)) end();
    await vi.advanceTimersByTimeAsync(0);
  }

  it('runs once however often it is asked, soon but not at once', async () => {
    for (let i = 0; i < 100; i += 1) runs.ask('a');
    await vi.advanceTimersByTimeAsync(99);
    expect(started).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(started).toEqual(['a']);
  });

  it('runs again what is asked while it runs or rests, once and after its rest', async () => {
    runs.ask('a');
    await vi.advanceTimersByTimeAsync(100);
    runs.ask('a');
    await endAll();
    runs.ask('a');
    await vi.advanceTimersByTimeAsync(999);
    expect(started).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(1);
    expect(started).toEqual(['a', 'a']);
    await endAll();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(started).toEqual(['a', 'a']);
  });

  it('runs a few at a time, in the order in which they were asked', async () => {
    for (const key of ['a', 'b', 'c']) runs.ask(key);
    await vi.advanceTimersByTimeAsync(100);
    expect(started).toEqual(['a', 'b']);
    ends.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('takes no more keys than it may, until some are forgotten', async () => {
    expect(['a', 'b', 'c', 'd', 'e', 'f', 'a'].map((key) => runs.ask(key))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
    await vi.advanceTimersByTimeAsync(100);
    await endAll();
    await vi.advanceTimersByTimeAsync(1000);
    expect(runs.ask('f')).toBe(true);
  });

  it('stops: waits for what runs, and starts nothing more', async () => {
    for (const key of ['a', 'b', 'c']) runs.ask(key);
    await vi.advanceTimersByTimeAsync(100);
    let stopped = false;
    const stopping = runs.stop().then(() => (stopped = true));
    await vi.advanceTimersByTimeAsync(0);
    expect(stopped).toBe(false);
    await endAll();
    await stopping;
    expect(runs.ask('d')).toBe(false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(started).toEqual(['a', 'b']);
  });
});
