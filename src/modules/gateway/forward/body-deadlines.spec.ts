import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BodyDeadlines } from './body-deadlines.js';

describe('BodyDeadlines', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('ends a body that drips, for whoever reads it', async () => {
    const body = new PassThrough();
    const reading = expect(text(body)).rejects.toMatchObject({ code: 'gateway.timeout', kind: 'upstream_timeout' });
    new BodyDeadlines().watch(body, 2000);
    for (let i = 0; i < 20; i += 1) {
      body.write(' ');
      await vi.advanceTimersByTimeAsync(150);
      if (body.destroyed) break;
    }
    await reading;
  });

  it('ends a body that nobody reads', async () => {
    const body = new PassThrough();
    new BodyDeadlines().watch(body, 1000);
    await vi.advanceTimersByTimeAsync(1500);
    expect(body.destroyed).toBe(true);
  });

  it('leaves one alone that ends in time, and has no timer without bodies', async () => {
    const body = new PassThrough();
    const deadlines = new BodyDeadlines();
    deadlines.watch(body, 1000);
    body.end('whole');
    expect(await text(body)).toBe('whole');
    await vi.advanceTimersByTimeAsync(2000);
    expect(vi.getTimerCount()).toBe(0);
    deadlines.watch(new PassThrough(), 1000);
    expect(vi.getTimerCount()).toBe(1);
  });
});
