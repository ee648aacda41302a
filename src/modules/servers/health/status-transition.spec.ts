import { describe, expect, it } from 'vitest';
import type { ServerStatus } from '../../../kernel/words.js';
import { nextHealth } from './status-transition.js';

describe('nextHealth', () => {
  it.each<[ServerStatus, number, boolean, ServerStatus, number]>([
    ['healthy', 0, true, 'healthy', 0],
    ['healthy', 0, false, 'degraded', 1],
    ['degraded', 1, false, 'unhealthy', 2],
    ['unhealthy', 2, false, 'unhealthy', 3],
    ['degraded', 1, true, 'healthy', 0],
    ['unhealthy', 7, true, 'healthy', 0],
    ['unknown', 0, true, 'healthy', 0],
    ['unknown', 0, false, 'unhealthy', 1],
    ['maintenance', 1, true, 'maintenance', 1],
    ['maintenance', 1, false, 'maintenance', 1],
  ])('%s after %i failures, success %s: %s', (status, consecutiveFailures, ok, expected, failures) => {
    expect(nextHealth({ status, consecutiveFailures }, ok)).toEqual({
      status: expected,
      consecutiveFailures: failures,
    });
  });
});
