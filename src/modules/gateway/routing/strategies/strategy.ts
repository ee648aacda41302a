/** What a strategy looks at when it chooses between interchangeable servers. */
export interface Candidate {
  readonly id: string;
  /** Share of the calls under `weighted`, at least 1. */
  readonly weight: number;
  /** Calls under way from this replica. */
  readonly inFlight: number;
  /** Smoothed duration of its calls; `undefined` before the first one has ended. */
  readonly ewmaMs: number | undefined;
}

/** Whose call it is and of what. */
export interface RoutingKey {
  readonly tenantId: string;
  readonly subject: string;
  /** Names the group of interchangeable offers, e.g. the tool's definition hash. */
  readonly route: string;
}

/** Numbers in [0, 1), as `Math.random` gives them. */
export type Random = () => number;

/** Chooses one of several servers that could all do the call. */
export interface Strategy {
  /** One of `candidates`, or `undefined` when there are none. */
  pick<C extends Candidate>(candidates: readonly C[], key: RoutingKey): C | undefined;
}
