import type { Offer, UpstreamView } from './candidates.js';
import type { RoutingKey, Strategy } from './strategies/strategy.js';

const NOBODY: ReadonlySet<string> = new Set();

/**
 * The strategy's choice within the best tier that has somebody left. `excluded` holds the ids of
 * servers that were tried already.
 */
export function chooseOffer<O extends Offer>(
  tiers: readonly (readonly O[])[],
  strategy: Strategy,
  key: RoutingKey,
  excluded: ReadonlySet<string> = NOBODY,
): O | undefined {
  for (const tier of tiers) {
    const left = excluded.size === 0 ? tier : tier.filter(({ upstream }) => !excluded.has(upstream.id));
    if (left.length === 0) continue;
    if (left.length === 1) return left[0];
    const picked: UpstreamView | undefined = strategy.pick(
      left.map(({ upstream }) => upstream),
      key,
    );
    return left.find(({ upstream }) => upstream === picked);
  }
  return undefined;
}
