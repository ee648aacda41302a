import type { Candidate, Random, Strategy } from './strategy.js';

/** Any candidate, each as likely as the others. */
export class UniformRandom implements Strategy {
  constructor(private readonly random: Random) {}

  pick<C extends Candidate>(candidates: readonly C[]): C | undefined {
    return candidates[Math.floor(this.random() * candidates.length)];
  }
}
