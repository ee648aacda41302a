import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AnswerBody } from './answer-body.js';
import { BodyDeadlines } from './body-deadlines.js';

/** A body whose request does nothing but remember that it was aborted. */
function bodyOfRequest(): AnswerBody & { readonly request: { aborted: boolean } } {
  const request = {
    aborted: false,
    paused: false,
    reason: null,
    pause: () => undefined,
    resume: () => undefined,
    abort: () => void (request.aborted = true),
  };
  return Object.assign(new AnswerBody(request), { request });
}

describe('BodyDeadlines', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('ends a body that drips, for whoever reads it', async () => {
    const body = bodyOfRequest();
    const reading = expect(text(body)).rejects.toMatchObject({ code: 'gateway.timeout', kind: 'upstream_timeout' });
    new BodyDeadlines().watch(body, 2000);
    for (let i = 0; i < 20; i += 1) {
      body.push(Buffer.from(' '));
      await vi.advanceTimersByTimeAsync(150);
      if (body.request.aborted) break;
    }
    await reading;
  });

  it('ends a body that nobody reads', async () => {
    const body = bodyOfRequest();
    new BodyDeadlines().watch(body, 1000);
    await vi.advanceTimersByTimeAsync(1500);
    expect(body.request.aborted).toBe(true);
  });

  it('leaves one alone that ends in time, and has no timer without bodies', async () => {
    const body = bodyOfRequest();
    const deadlines = new BodyDeadlines();
    deadlines.watch(body, 1000);
    body.push(Buffer.from('whole'));
    body.end();
    expect(await text(body)).toBe('whole');
    await vi.advanceTimersByTimeAsync(2000);
    expect(vi.getTimerCount()).toBe(0);
    deadlines.watch(bodyOfRequest(), 1000);
    expect(vi.getTimerCount()).toBe(1);
  });
});
