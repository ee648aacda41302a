import type { Decision, Demand } from './demand.js';

const MINUTE_US = 60_000_000;

/** Whole microseconds, so that a bucket's last token is not lost to rounding. */
export function intervalUs({ perMinute }: Demand): number {
  return Math.max(1, Math.floor(MINUTE_US / perMinute));
}

/**
 * The generic cell rate algorithm on one request that needs a token of every bucket. A bucket is one
 * number: how long it takes from now until it is full again.
 * @param debtsUs that time before the request, one for each demand, 0 when full
 */
export function decide(demands: readonly Demand[], debtsUs: readonly number[]): Decision {
  let waitUs = 0;
  for (const [at, demand] of demands.entries()) {
    const interval = intervalUs(demand);
    waitUs = Math.max(waitUs, (debtsUs[at] ?? 0) + interval - demand.capacity * interval);
  }
  const allowed = waitUs <= 0;
  let remaining = Infinity;
  let perMinute = 0;
  for (const [at, demand] of demands.entries()) {
    const interval = intervalUs(demand);
    const debtUs = (debtsUs[at] ?? 0) + (allowed ? interval : 0);
    const left = Math.max(0, Math.floor((demand.capacity * interval - debtUs) / interval));
    if (left >= remaining) continue;
    remaining = left;
    perMinute = demand.perMinute;
  }
  return { allowed, perMinute, remaining, retryAfterMs: allowed ? 0 : Math.ceil(waitUs / 1000) };
}
