import type { Candidate, RoutingKey, Strategy } from './strategy.js';

/** Routes whose turn is remembered; beyond them the oldest starts again at its first server. */
const MAX_ROUTES = 10_000;

/** Each candidate in turn, counted for every route apart: two tools called in turn would halve one counter. */
export class RoundRobin implements Strategy {
  readonly #turns = new Map<string, number>();

  constructor(private readonly maxRoutes: number = MAX_ROUTES) {}

  pick<C extends Candidate>(candidates: readonly C[], { route }: RoutingKey): C | undefined {
    if (candidates.length === 0) return undefined;
    const turn = (this.#turns.get(route) ?? 0) % candidates.length;
    if (!this.#turns.has(route) && this.#turns.size >= this.maxRoutes) this.#forgetOldest();
    this.#turns.set(route, turn + 1);
    return candidates[turn];
  }

  #forgetOldest(): void {
    for (const route of this.#turns.keys()) {
      this.#turns.delete(route);
      return;
    }
  }
}
