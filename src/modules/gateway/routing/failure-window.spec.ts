import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../test/support/random-json.js';
import { FailureWindow } from './failure-window.js';

const T0 = 1_700_000_000_000;

describe('FailureWindow', () => {
  it.each<[string, readonly [atMs: number, failed: boolean][], calls: number, failures: number]>([
    [
      'counts',
      [
        [0, true],
        [10, false],
        [900, true],
      ],
      3,
      2,
    ],
    [
      'keeps what is younger than 9 s',
      [
        [0, true],
        [8999, false],
      ],
      2,
      1,
    ],
    [
      'drops what is 10 s old',
      [
        [0, true],
        [10_000, false],
      ],
      1,
      0,
    ],
    [
      'drops second by second',
      [
        [0, true],
        [1000, true],
        [10_500, false],
      ],
      2,
      1,
    ],
    [
      'starts again after a long rest',
      [
        [0, true],
        [3_600_000, true],
      ],
      1,
      1,
    ],
    [
      'starts again when the clock was set back',
      [
        [5000, true],
        [-60_000, false],
      ],
      1,
      0,
    ],
  ])('%s', (_name, records, calls, failures) => {
    const window = new FailureWindow();
    for (const [atMs, failed] of records) window.record(failed, T0 + atMs);
    expect([window.calls, window.failures]).toEqual([calls, failures]);
  });

  it('agrees with a list of all calls, whatever the gaps', () => {
    const random = seededRandom(3);
    const window = new FailureWindow();
    const all: { second: number; failed: boolean }[] = [];
    let now = T0;
    for (let n = 0; n < 5000; n += 1) {
      now += Math.floor(random() ** 8 * 15_000);
      const failed = random() < 0.4;
      window.record(failed, now);
      const second = Math.floor(now / 1000);
      all.push({ second, failed });
      const recent = all.filter((call) => call.second > second - 10);
      expect([window.calls, window.failures]).toEqual([recent.length, recent.filter((call) => call.failed).length]);
    }
  });
});
