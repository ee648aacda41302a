import type { Candidate, Random, Strategy } from './strategy.js';

/** What a call to a server is taken to last while its first one is still under way. */
const UNMEASURED_MS = 1000;

/**
 * Power of two choices: of two random candidates the one where a call should end sooner. Two are
 * enough to keep away from the slow ones, and few enough that replicas do not all rush to one server.
 */
export class P2cEwma implements Strategy {
  constructor(private readonly random: Random) {}

  pick<C extends Candidate>(candidates: readonly C[]): C | undefined {
    const count = candidates.length;
    if (count < 2) return candidates[0];
    const first = Math.floor(this.random() * count);
    const other = Math.floor(this.random() * (count - 1));
    const one = candidates[first];
    const two = candidates[other < first ? other : other + 1];
    if (!one || !two) return one ?? two;
    return cost(two) < cost(one) ? two : one;
  }
}

/** An idle newcomer costs nothing, so that it is measured; until then it gets one call at a time. */
function cost(candidate: Candidate): number {
  if (candidate.ewmaMs === undefined && candidate.inFlight === 0) return 0;
  return (candidate.ewmaMs ?? UNMEASURED_MS) * (candidate.inFlight + 1);
}
