import { describe, expect, it } from 'vitest';
import { Clock } from '../../../kernel/clock.js';
import type { UpstreamCall } from './upstream-state.js';
import { UpstreamStates } from './upstream-states.js';

class SetClock extends Clock {
  ms = 1_700_000_000_000;
  now(): Date {
    return new Date(this.ms);
  }
}

function setUp(maxInFlight = 64) {
  const clock = new SetClock();
  const states = new UpstreamStates(clock, { maxInFlight, stopwatch: () => clock.ms });
  const upstream = states.of('s1');
  const begin = (): UpstreamCall => {
    const call = upstream.begin();
    if ('reason' in call) throw new Error(`refused: ${call.reason}`);
    return call;
  };
  const run = (durationMs: number, outcome: 'succeed' | 'fail' | 'cancel') => {
    const call = begin();
    clock.ms += durationMs;
    call[outcome]();
  };
  return { clock, states, upstream, begin, run };
}

describe('UpstreamState', () => {
  it('knows nothing before the first call', () => {
    expect(setUp().upstream.metrics()).toEqual({
      activeRequests: 0,
      totalRequests: 0,
      totalFailures: 0,
      successRate: null,
      averageResponseMs: null,
      p95ResponseMs: null,
      circuitBreaker: { state: 'closed', consecutiveFailures: 0, openedAt: null },
    });
  });

  it('counts calls, outcomes and durations', () => {
    const { upstream, begin, run } = setUp();
    for (const ms of [10, 20, 30]) run(ms, 'succeed');
    run(9000, 'fail');
    run(500, 'cancel');
    begin();
    const metrics = upstream.metrics();
    expect(metrics).toMatchObject({ activeRequests: 1, totalRequests: 6, totalFailures: 1, successRate: 0.75 });
    expect(metrics.averageResponseMs).toBe(20);
    expect(metrics.p95ResponseMs).toBeGreaterThan(27);
    expect(metrics.p95ResponseMs).toBeLessThanOrEqual(30);
  });

  it('forgets how calls went after 10 minutes, and how many there were never', () => {
    const { clock, upstream, run } = setUp();
    run(10, 'fail');
    clock.ms += 300_000;
    run(10, 'succeed');
    expect(upstream.metrics().successRate).toBe(0.5);
    clock.ms += 300_000;
    expect(upstream.metrics().successRate).toBe(1);
    clock.ms += 600_000;
    expect(upstream.metrics()).toMatchObject({
      totalRequests: 2,
      totalFailures: 1,
      successRate: null,
      p95ResponseMs: null,
    });
  });

  it('settles a call once', () => {
    const { upstream, begin } = setUp();
    const call = begin();
    call.succeed();
    call.fail();
    call.cancel();
    expect(upstream.metrics()).toMatchObject({ activeRequests: 0, totalFailures: 0, successRate: 1 });
  });

  it('refuses what is over the limit, until a call ends', () => {
    const { upstream, begin } = setUp(2);
    const [first] = [begin(), begin()];
    expect(upstream.busy).toBe(true);
    expect(upstream.begin()).toEqual({ reason: 'busy', retryAfterMs: 1000 });
    first.cancel();
    expect([upstream.busy, upstream.inFlight]).toEqual([false, 1]);
    begin();
    expect(upstream.metrics().totalRequests).toBe(3);
  });

  it('takes new settings while calls run, and goes back to the defaults', () => {
    const { states, upstream, begin } = setUp(2);
    const calls = [begin(), begin()];
    states.configure('s1', { maxInFlight: 1, weight: 5 });
    expect([upstream.busy, upstream.weight]).toEqual([true, 5]);
    calls[0]!.succeed();
    expect(upstream.busy).toBe(true);
    states.configure('s1', {});
    expect([upstream.busy, upstream.weight]).toEqual([false, 1]);
  });

  it('opens at once to callers after 5 failures, and probes later', () => {
    const { clock, upstream, begin, run } = setUp();
    const openedAt = new Date(clock.ms);
    for (let n = 0; n < 5; n += 1) run(0, 'fail');
    expect(upstream.begin()).toEqual({ reason: 'open', retryAfterMs: 30_000 });
    expect(upstream.openForMs).toBe(30_000);
    expect(upstream.metrics().circuitBreaker).toEqual({ state: 'open', consecutiveFailures: 5, openedAt });
    clock.ms += 30_000;
    const probe = begin();
    expect(upstream.begin()).toMatchObject({ reason: 'open' });
    probe.succeed();
    expect(upstream.metrics().circuitBreaker.state).toBe('closed');
  });

  it('does not spend the probe on a full upstream', () => {
    const { clock, states, upstream, begin, run } = setUp(2);
    const hanging = begin();
    for (let n = 0; n < 5; n += 1) run(0, 'fail');
    states.configure('s1', { maxInFlight: 1 });
    clock.ms += 30_000;
    expect(upstream.begin()).toMatchObject({ reason: 'busy' });
    hanging.cancel();
    begin().succeed();
    expect(upstream.metrics().circuitBreaker.state).toBe('closed');
  });

  describe('ewmaMs', () => {
    it('is unknown at first, then follows what is measured', () => {
      const { upstream, run } = setUp();
      expect(upstream.ewmaMs).toBeUndefined();
      run(100, 'succeed');
      expect(upstream.ewmaMs).toBe(100);
      for (let n = 0; n < 200; n += 1) run(400, 'succeed');
      expect(upstream.ewmaMs).toBeGreaterThan(390);
    });

    it('takes a quick failure for a slow call', () => {
      const { upstream, run } = setUp();
      run(1, 'fail');
      expect(upstream.ewmaMs).toBe(1000);
    });

    it('fades while idle, but not while a call hangs', () => {
      const { clock, upstream, begin, run } = setUp();
      run(100, 'succeed');
      clock.ms += 10_000;
      expect(upstream.ewmaMs).toBeCloseTo(36.8, 1);
      begin();
      expect(upstream.ewmaMs).toBe(100);
    });
  });
});

describe('UpstreamStates', () => {
  it('keeps one state a server, and forgets those that leave', () => {
    const { states, upstream } = setUp();
    expect(states.of('s1')).toBe(upstream);
    expect([states.peek('s2'), states.size]).toEqual([undefined, 1]);
    for (const id of ['s2', 's3', 's4']) states.of(id);
    expect([states.remove('s2'), states.remove('s2')]).toEqual([true, false]);
    states.retain((id) => id === 's3');
    expect([...states.values()].map(({ id }) => id)).toEqual(['s3']);
    expect(states.of('s1')).not.toBe(upstream);
  });
});
