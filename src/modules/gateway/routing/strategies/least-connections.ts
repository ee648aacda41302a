import type { Candidate, Random, Strategy } from './strategy.js';

/** The candidate with the fewest calls under way; among equals at random, so that none is favoured. */
export class LeastConnections implements Strategy {
  constructor(private readonly random: Random) {}

  pick<C extends Candidate>(candidates: readonly C[]): C | undefined {
    let best: C | undefined;
    let equals = 0;
    for (const candidate of candidates) {
      if (best === undefined || candidate.inFlight < best.inFlight) {
        best = candidate;
        equals = 1;
      } else if (candidate.inFlight === best.inFlight) {
        equals += 1;
        // The n-th of equals takes over with probability 1/n: each ends up with the same share.
        if (this.random() * equals < 1) best = candidate;
      }
    }
    return best;
  }
}
