import type { Lifecycle, ServerStatus } from '../../../kernel/words.js';
import { BUSY_RETRY_MS } from './bulkhead.js';
import type { Candidate } from './strategies/strategy.js';

/** What the choice between servers needs to know of one upstream's state. */
export interface UpstreamView extends Candidate {
  /** How long its breaker will refuse calls; 0 when it would let one through. */
  readonly openForMs: number;
  /** As many calls in flight as it may have. */
  readonly busy: boolean;
}

/** One server's offer of a tool. */
export interface Offer {
  readonly upstream: UpstreamView;
  readonly status: ServerStatus;
  readonly lifecycle: Lifecycle;
  readonly toolName: string;
  /** SHA-256 over the tool's whole definition in canonical form. */
  readonly definitionHash: string;
}

export type Selection<O extends Offer> =
  /** Servers that can take the call now, in tiers, the best first; none of them is empty. */
  | { readonly kind: 'candidates'; readonly tiers: readonly (readonly O[])[] }
  /** Nobody offers it. */
  | { readonly kind: 'none' }
  /** The offers differ: the caller has to say which server it means. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly O[] }
  | { readonly kind: 'all_open'; readonly retryAfterMs: number }
  | { readonly kind: 'all_busy'; readonly retryAfterMs: number };

/**
 * Health never blocks a named call: what is not well comes last, but it comes, since its own breaker
 * decides. `maintenance` was set by hand and waits until nobody else is left.
 */
const TIER: Readonly<Record<ServerStatus, number>> = {
  healthy: 0,
  degraded: 1,
  unknown: 2,
  unhealthy: 2,
  maintenance: 3,
};
const TIERS = 4;

/**
 * Which of the servers that offer a tool may take a call now. They are interchangeable only with the
 * same tool name and the same definition. Deprecated servers count when no active one offers the tool:
 * until they are deleted it is listed, so it can be called.
 */
export function selectCandidates<O extends Offer>(offers: readonly O[]): Selection<O> {
  const offered = byLifecycle(offers);
  const [first] = offered;
  if (first === undefined) return { kind: 'none' };
  const same = (offer: O) => offer.toolName === first.toolName && offer.definitionHash === first.definitionHash;
  if (!offered.every(same)) return { kind: 'ambiguous', candidates: offered };

  const tiers: O[][] = Array.from({ length: TIERS }, () => []);
  let soonestMs = Infinity;
  let busy = false;
  for (const offer of offered) {
    const { openForMs } = offer.upstream;
    if (openForMs > 0) soonestMs = Math.min(soonestMs, openForMs);
    else if (offer.upstream.busy) busy = true;
    else tiers[TIER[offer.status]]?.push(offer);
  }
  const filled = tiers.filter((tier) => tier.length > 0);
  if (filled.length > 0) return { kind: 'candidates', tiers: filled };
  // A full server frees up before a resting one wakes.
  if (busy) return { kind: 'all_busy', retryAfterMs: BUSY_RETRY_MS };
  return { kind: 'all_open', retryAfterMs: soonestMs };
}

function byLifecycle<O extends Offer>(offers: readonly O[]): readonly O[] {
  const active = offers.filter(({ lifecycle }) => lifecycle === 'active');
  return active.length > 0 ? active : offers.filter(({ lifecycle }) => lifecycle === 'deprecated');
}
