import type { Clock } from '../../../kernel/clock.js';
import { DEFAULT_MAX_IN_FLIGHT } from './bulkhead.js';
import { type Stopwatch, type UpstreamSettings, UpstreamState } from './upstream-state.js';

export interface UpstreamStatesOptions {
  /** For servers that set none, 64 by default. */
  readonly maxInFlight?: number;
  /** Injected by tests. */
  readonly stopwatch?: Stopwatch;
}

/**
 * Every upstream's state, by server id. As large as the route table: ask only for ids that are in it,
 * and {@link remove} those that leave.
 */
export class UpstreamStates {
  readonly #states = new Map<string, UpstreamState>();
  readonly #maxInFlight: number;
  readonly #stopwatch: Stopwatch;

  constructor(
    private readonly clock: Clock,
    options: UpstreamStatesOptions = {},
  ) {
    this.#maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
    this.#stopwatch = options.stopwatch ?? (() => performance.now());
  }

  get size(): number {
    return this.#states.size;
  }

  /** The server's state, made on first use. */
  of(serverId: string): UpstreamState {
    let state = this.#states.get(serverId);
    if (state === undefined) {
      state = new UpstreamState(serverId, this.clock, this.#stopwatch, this.#maxInFlight);
      this.#states.set(serverId, state);
    }
    return state;
  }

  /** Applies a server's settings as they are now; what runs goes on. */
  configure(serverId: string, settings: UpstreamSettings): UpstreamState {
    const state = this.of(serverId);
    state.configure(settings);
    return state;
  }

  /** The state if there is one: for metrics, which must not make any. */
  peek(serverId: string): UpstreamState | undefined {
    return this.#states.get(serverId);
  }

  /** Forgets a server that was deleted or moved to another address; its running calls end unseen. */
  remove(serverId: string): boolean {
    return this.#states.delete(serverId);
  }

  /** Forgets all that `keeps` does not name, after the routes were loaded anew. */
  retain(keeps: (serverId: string) => boolean): void {
    for (const serverId of this.#states.keys()) if (!keeps(serverId)) this.#states.delete(serverId);
  }

  values(): IterableIterator<UpstreamState> {
    return this.#states.values();
  }
}
