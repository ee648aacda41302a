import { describe, expect, it } from 'vitest';
import { Clock } from '../../../kernel/clock.js';
import { CircuitBreaker, type Permit } from './circuit-breaker.js';

const T0 = 1_700_000_000_000;

class SetClock extends Clock {
  ms = T0;
  now(): Date {
    return new Date(this.ms);
  }
}

function setUp() {
  const clock = new SetClock();
  const breaker = new CircuitBreaker(clock);
  const acquire = (): Permit => {
    const permit = breaker.tryAcquire();
    if ('retryAfterMs' in permit) throw new Error(`refused for ${permit.retryAfterMs} ms`);
    return permit;
  };
  /** `F` fails, `S` succeeds, `C` is cancelled, `.` is a second that passes. */
  const run = (calls: string) => {
    for (const call of calls) {
      if (call === '.') clock.ms += 1000;
      else if (call === 'F') acquire().fail();
      else if (call === 'S') acquire().succeed();
      else acquire().cancel();
    }
  };
  return { clock, breaker, acquire, run };
}

describe('CircuitBreaker', () => {
  it.each<[string, string, 'closed' | 'open']>([
    ['4 failures in a row', 'FFFF', 'closed'],
    ['5 failures in a row', 'FFFFF', 'open'],
    ['5 failures in a row, however far apart', 'F...........F...........F...........F...........F', 'open'],
    ['a success between', 'FFFFSFFFF', 'closed'],
    ['a cancelled call between', 'FFFFCF', 'open'],
    ['half of 18 failing', 'FS'.repeat(9), 'closed'],
    ['half of 20 failing', 'SF'.repeat(10), 'open'],
    ['half of 20, the last one well', 'FS'.repeat(10), 'open'],
    ['half of 20 with cancelled ones between', 'CSFC'.repeat(10), 'open'],
    ['less than half', 'SSF'.repeat(30), 'closed'],
    ['half of 20 over more than 10 s', 'SF.'.repeat(20), 'open'],
    ['half of less than 20 in any 10 s', 'SF..'.repeat(40), 'closed'],
    ['many successes before, in the same 10 s', 'S'.repeat(30) + 'FFSF'.repeat(7), 'closed'],
    ['many successes, more than 10 s ago', 'S'.repeat(30) + '..........' + 'FFSF'.repeat(5), 'open'],
  ])('%s', (_name, calls, expected) => {
    const { breaker, run } = setUp();
    for (const call of calls) if (breaker.state === 'closed') run(call);
    expect(breaker.state).toBe(expected);
  });

  it('refuses at once while open, and says for how long', () => {
    const { breaker, clock, run } = setUp();
    run('FFFFF');
    expect([breaker.openedAt, breaker.consecutiveFailures]).toEqual([new Date(T0), 5]);
    expect(breaker.tryAcquire()).toEqual({ retryAfterMs: 30_000 });
    clock.ms += 29_999;
    expect(breaker.tryAcquire()).toEqual({ retryAfterMs: 1 });
    expect(breaker.state).toBe('open');
    clock.ms += 1;
    expect([breaker.state, breaker.retryAfterMs]).toEqual(['half_open', 0]);
  });

  it('lets exactly one probe through', () => {
    const { breaker, clock, acquire, run } = setUp();
    run('FFFFF');
    clock.ms += 30_000;
    const probe = acquire();
    for (let n = 0; n < 3; n += 1) expect(breaker.tryAcquire()).toEqual({ retryAfterMs: 1000 });
    probe.succeed();
    expect([breaker.state, breaker.openedAt, breaker.consecutiveFailures]).toEqual(['closed', undefined, 0]);
    acquire();
    acquire();
  });

  it('doubles the wait after each failed probe up to 300 s, and starts at 30 s after a success', () => {
    const { breaker, clock, run } = setUp();
    run('FFFFF');
    const waits: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      waits.push(breaker.retryAfterMs);
      clock.ms += breaker.retryAfterMs;
      run('F');
      expect(breaker.openedAt).toEqual(clock.now());
    }
    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
    expect(breaker.consecutiveFailures).toBe(11);
    clock.ms += breaker.retryAfterMs;
    run('SFFFFF');
    expect(breaker.retryAfterMs).toBe(30_000);
  });

  it('needs new evidence after it closed', () => {
    const { breaker, clock, run } = setUp();
    run('FFFFF');
    clock.ms += 30_000;
    run('SFFFF');
    expect(breaker.state).toBe('closed');
    run('F');
    expect(breaker.state).toBe('open');
  });

  it('gives a cancelled probe’s place to another', () => {
    const { breaker, clock, acquire, run } = setUp();
    run('FFFFF');
    clock.ms += 30_000;
    acquire().cancel();
    expect(breaker.state).toBe('half_open');
    const second = acquire();
    expect(breaker.tryAcquire()).toEqual({ retryAfterMs: 1000 });
    second.succeed();
    expect(breaker.state).toBe('closed');
  });

  it('ignores what ends late: calls from before it opened decide nothing', () => {
    const { breaker, clock, acquire, run } = setUp();
    const late = [acquire(), acquire(), acquire()];
    run('FFFFF');
    late[0]!.succeed();
    expect(breaker.state).toBe('open');
    clock.ms += 30_000;
    const probe = acquire();
    late[1]!.fail();
    late[2]!.cancel();
    expect(breaker.tryAcquire()).toEqual({ retryAfterMs: 1000 });
    probe.succeed();
    expect(breaker.state).toBe('closed');
  });

  it('counts a permit once', () => {
    const { breaker, acquire } = setUp();
    const permit = acquire();
    permit.fail();
    permit.fail();
    permit.succeed();
    expect(breaker.consecutiveFailures).toBe(1);
  });

  it('gives up on a probe that nobody settles', () => {
    const { breaker, clock, acquire, run } = setUp();
    run('FFFFF');
    clock.ms += 30_000;
    const lost = acquire();
    clock.ms += 660_000;
    const probe = acquire();
    lost.succeed();
    expect(breaker.state).toBe('half_open');
    probe.succeed();
    expect(breaker.state).toBe('closed');
  });

  it('waits no longer when the clock is set back', () => {
    const { breaker, clock, run } = setUp();
    run('FFFFF');
    clock.ms -= 3_600_000;
    expect(breaker.retryAfterMs).toBe(30_000);
    clock.ms += 30_000;
    expect(breaker.retryAfterMs).toBe(0);
  });
});
