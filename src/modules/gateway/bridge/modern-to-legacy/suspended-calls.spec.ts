import { afterEach, describe, expect, it, vi } from 'vitest';
import { SettableClock } from '../../../../../test/support/settable-clock.js';
import { Secrets } from '../../../../config/secrets.js';
import type { ParsedBody } from '../../../../mcp/parse-body.js';
import { Readiness } from '../../../monitoring/index.js';
import type { Exchange } from '../../endpoint/exchange.js';
import { Deadlines } from '../deadlines.js';
import { SUSPENSION_LIMITS } from './bridge-limits.js';
import type { BridgedCall } from './bridged-call.js';
import { RequestStates, type StateBinding } from './request-states.js';
import { SuspendedCalls } from './suspended-calls.js';

const EXCHANGE = {} as Exchange;
const RETRY = {} as ParsedBody;

/** A call that remembers what was done with it. */
class FakeCall {
  readonly done: string[] = [];

  resume(): Promise<void> {
    this.done.push('resumed');
    return Promise.resolve();
  }

  cancel(reason: unknown): void {
    this.done.push((reason as { code: string }).code);
  }
}

function setUp() {
  const clock = new SettableClock();
  const states = new RequestStates(new Secrets(['key']), clock, 'one');
  const readiness = new Readiness();
  const calls = new SuspendedCalls(states, new Deadlines(clock), clock, readiness);
  const suspend = (principal = 'ada') => {
    const binding: StateBinding = { principal, serverId: 's', method: 'tools/call', name: 't' };
    const keeper = calls.keeperFor(binding);
    const call = new FakeCall();
    const again = (): string => keeper.suspend(call as unknown as BridgedCall);
    const state = states.verify(again(), binding);
    return { call, keeper, state, again: () => states.verify(again(), binding) };
  };
  return { clock, readiness, calls, suspend };
}

afterEach(() => vi.useRealTimers());

describe('SuspendedCalls', () => {
  it('goes on with a call once for each round', async () => {
    const { calls, suspend } = setUp();
    const { call, keeper, state, again } = suspend();
    await calls.resume(state, EXCHANGE, RETRY);
    await expect(calls.resume(state, EXCHANGE, RETRY)).rejects.toMatchObject({ code: 'mcp.request_state_used' });
    const next = again();
    await expect(calls.resume(state, EXCHANGE, RETRY)).rejects.toMatchObject({ code: 'mcp.request_state_used' });
    await calls.resume(next, EXCHANGE, RETRY);
    expect(call.done).toEqual(['resumed', 'resumed']);
    keeper.delivered();
    expect(calls.size).toBe(0);
    await expect(calls.resume(next, EXCHANGE, RETRY)).rejects.toMatchObject({ code: 'mcp.request_state_ended' });
  });

  it('holds a number of calls, and fewer of one principal', () => {
    const { calls, suspend } = setUp();
    const { maxCalls, maxPerPrincipal } = SUSPENSION_LIMITS;
    const first = suspend('ada');
    for (let held = 1; held < maxPerPrincipal; held += 1) suspend('ada');
    const exhausted = expect.objectContaining({ kind: 'unavailable', code: 'gateway.suspended_exhausted' });
    expect(() => suspend('ada')).toThrow(exhausted);
    first.keeper.delivered();
    suspend('ada');
    for (let held = maxPerPrincipal; held < maxCalls; held += 1) suspend(`other ${String(held)}`);
    expect(() => suspend('eve')).toThrow(exhausted);
    expect(calls.size).toBe(maxCalls);
  });

  it('ends a call whose client does not come back, and not one whose client did', async () => {
    vi.useFakeTimers();
    const { clock, calls, suspend } = setUp();
    const [away, back] = [suspend(), suspend()];
    await calls.resume(back.state, EXCHANGE, RETRY);
    clock.advance(SUSPENSION_LIMITS.answerWithinMs);
    vi.advanceTimersByTime(1000);
    expect([away.call.done, back.call.done]).toEqual([['gateway.unanswered'], ['resumed']]);
    expect(calls.size).toBe(1);
  });

  it('ends them all when the service ends, and takes no more', () => {
    const { readiness, calls, suspend } = setUp();
    const { call } = suspend();
    readiness.endStreams();
    expect([call.done, calls.size]).toEqual([['gateway.draining'], 0]);
    expect(() => suspend()).toThrow(expect.objectContaining({ code: 'gateway.draining' }));
  });
});
