import type { ServerStatus } from '../../../kernel/words.js';

export interface HealthState {
  readonly status: ServerStatus;
  readonly consecutiveFailures: number;
}

/**
 * What a check's outcome makes of a server's status: one failure degrades, two in a row are unhealthy,
 * one success heals. A server that was never seen well is unhealthy at its first failure;
 * `maintenance` is set by hand and left alone.
 */
export function nextHealth(current: HealthState, ok: boolean): HealthState {
  if (current.status === 'maintenance') return current;
  if (ok) return { status: 'healthy', consecutiveFailures: 0 };
  const consecutiveFailures = current.consecutiveFailures + 1;
  const stillDegraded = current.status === 'healthy' && consecutiveFailures < 2;
  return { status: stillDegraded ? 'degraded' : 'unhealthy', consecutiveFailures };
}
