import type { Candidate, Random, Strategy } from './strategy.js';

/** At random, in proportion to the weights. */
export class Weighted implements Strategy {
  constructor(private readonly random: Random) {}

  pick<C extends Candidate>(candidates: readonly C[]): C | undefined {
    let total = 0;
    for (const { weight } of candidates) total += weight;
    let left = this.random() * total;
    for (const candidate of candidates) {
      left -= candidate.weight;
      if (left < 0) return candidate;
    }
    // Rounding may leave a trace of the sum over.
    return candidates.at(-1);
  }
}
