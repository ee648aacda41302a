import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inTime, LATE } from './in-time.js';

function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

describe('inTime', () => {
  it('gives the answer, or the failure', async () => {
    expect(await inTime(Promise.resolve('answer'), 50)).toBe('answer');
    await expect(inTime(Promise.reject(new Error('refused')), 50)).rejects.toThrow('refused');
  });

  it('does not wait for what does not come', async () => {
    expect(await inTime(new Promise(() => undefined), 5)).toBe(LATE);
  });

  it('does not count the time in which the process could not hear', async () => {
    const answer = inTime(sleep(1, 'answer'), 20);
    block(60);
    expect(await answer).toBe('answer');
  });
});
