import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SettableClock } from '../../../../../test/support/settable-clock.js';
import { AppError } from '../../../../kernel/app-error.js';
import { LightAbort } from '../../../../kernel/light-abort.js';
import type { InputRequest } from '../../../../mcp/translate/legacy-to-modern/input-requests.js';
import { CLIENT_LEFT } from '../../endpoint/exchange.js';
import type { ClientSession } from '../../sessions/client-session.js';
import type { SessionCloseListener, SessionStore } from '../../sessions/session-store.js';
import { Deadlines } from '../deadlines.js';
import type { CallReply } from './call-reply.js';
import { Readiness } from '../../../monitoring/index.js';
import { ClientQuestions } from './client-questions.js';
import { replicaOf } from './input-ids.js';
import { ANSWER_WITHIN_MS, InputRounds } from './input-round.js';

const session = { id: 's' } as ClientSession;
const other = { id: 't' } as ClientSession;

/** A client that hears what it is asked. */
class Heard {
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly messages: any[] = [];
  say = (message: Buffer): Promise<void> => Promise.resolve(void this.messages.push(JSON.parse(message.toString())));
  keepAlives = 0;
  keepAlive = (): void => void (this.keepAlives += 1);
}

function setUp() {
  const listeners: SessionCloseListener[] = [];
  const store = { onClose: (listener: SessionCloseListener) => void listeners.push(listener) };
  const readiness = new Readiness();
  const questions = new ClientQuestions('replica', store as unknown as SessionStore, readiness);
  const heard = new Heard();
  const signal = new LightAbort();
  const clock = new SettableClock();
  const rounds = new InputRounds(questions, new Deadlines(clock));
  return {
    questions,
    heard,
    signal,
    clock,
    drain: () => readiness.endStreams(),
    close: () => listeners.forEach((listener) => listener(session, 'deleted')),
    ask: (requests: readonly InputRequest[] = [roots('a'), roots('b')]) =>
      rounds.ask({ session, signal, reply: heard as unknown as CallReply, requests }),
  };
}

function roots(key: string): InputRequest {
  return { key, method: 'roots/list', params: undefined, isUrl: false };
}

function many(count: number): InputRequest[] {
  return Array.from({ length: count }, (_, i) => roots(String(i)));
}

function response(id: string, size = 0): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result: { roots: [], pad: 'x'.repeat(size) } }));
}

describe('a round of questions', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(async () => {
    // The one timer of all deadlines finds that there are none.
    await vi.advanceTimersByTimeAsync(1000);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('asks all at once, and ends with the last answer', async () => {
    const { questions, heard, ask } = setUp();
    const asking = ask();
    await vi.advanceTimersByTimeAsync(0);
    const ids: string[] = heard.messages.map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(ids.map(replicaOf)).toEqual(['replica', 'replica']);
    const [first = '', second = ''] = ids;
    expect(questions.deliver('s', second, response(second))).toBe(true);
    expect(questions.deliver('s', second, response(second))).toBe(false);
    expect(questions.deliver('s', first, response(first))).toBe(true);
    expect([...((await asking) ?? [])].map(([key]) => key)).toEqual(['b', 'a']);
    expect(heard.messages).toHaveLength(2);
  });

  it('takes no answers of another session, nor what is no answer', async () => {
    const { questions, heard, ask, signal } = setUp();
    const asking = ask([roots('a')]);
    await vi.advanceTimersByTimeAsync(0);
    const [{ id }] = heard.messages;
    expect(questions.deliver(other.id, id, response(id))).toBe(false);
    expect(questions.deliver('s', 'mrg-replica-999', response(id))).toBe(false);
    expect(questions.deliver('s', id, Buffer.from('{'))).toBe(true);
    signal.abort(CLIENT_LEFT);
    await expect(asking).rejects.toBe(CLIENT_LEFT);
  });

  it('keeps the stream open while nobody answers, and takes the questions back at the end of its time', async () => {
    const { questions, heard, clock, ask } = setUp();
    const asking = ask();
    await vi.advanceTimersByTimeAsync(0);
    const [first, second] = heard.messages;
    questions.deliver('s', first.id, response(first.id));
    await vi.advanceTimersByTimeAsync(ANSWER_WITHIN_MS - 1000);
    clock.advance(ANSWER_WITHIN_MS);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await asking).toBeUndefined();
    expect(heard.keepAlives).toBeGreaterThan(10);
    expect(heard.messages.slice(2)).toEqual([
      expect.objectContaining({
        method: 'notifications/cancelled',
        params: expect.objectContaining({ requestId: second.id }),
      }),
    ]);
    expect(questions.deliver('s', second.id, response(second.id))).toBe(false);
  });

  it('ends with its session', async () => {
    const { ask, close } = setUp();
    const asking = ask();
    close();
    await expect(asking).rejects.toMatchObject({ code: 'mcp.session_unknown' });
  });

  it('ends with the service, which does not wait for a person', async () => {
    const { ask, drain } = setUp();
    const asking = ask();
    drain();
    await expect(asking).rejects.toMatchObject({ code: 'gateway.draining' });
    await expect(ask()).rejects.toMatchObject({ code: 'gateway.draining' });
  });

  it('ends before it begins when its call is over', async () => {
    const { ask, signal } = setUp();
    signal.abort(CLIENT_LEFT);
    await expect(ask()).rejects.toBe(CLIENT_LEFT);
  });

  it('refuses answers that are too large together', async () => {
    const { questions, heard, ask } = setUp();
    const asking = ask();
    await vi.advanceTimersByTimeAsync(0);
    for (const { id } of heard.messages.slice(0, 2)) questions.deliver('s', id, response(id, 9 * 1024 * 1024));
    await expect(asking).rejects.toMatchObject({ code: 'gateway.input_too_large' });
  });

  it('asks no more things at once than a client can be asked, and a session no more than its share', async () => {
    const { ask } = setUp();
    await expect(ask(many(33))).rejects.toMatchObject({ code: 'mcp.bad_message' });
    const full = setUp();
    const asking = Array.from({ length: 6 }, () => full.ask(many(32)).catch((error: unknown) => error));
    await expect(full.ask(many(32))).rejects.toBeInstanceOf(AppError);
    full.signal.abort(CLIENT_LEFT);
    expect(await Promise.all(asking)).toEqual(Array.from({ length: 6 }, () => CLIENT_LEFT));
  });
});
