import { ConsistentHash } from './consistent-hash.js';
import { LeastConnections } from './least-connections.js';
import { P2cEwma } from './p2c-ewma.js';
import { RoundRobin } from './round-robin.js';
import type { Random, Strategy } from './strategy.js';
import { UniformRandom } from './random.js';
import { Weighted } from './weighted.js';

/** The strategies by the names that users give them. */
export const STRATEGIES = [
  'p2c-ewma',
  'round-robin',
  'weighted',
  'least-connections',
  'random',
  'consistent-hash',
] as const;

export type StrategyName = (typeof STRATEGIES)[number];

export const DEFAULT_STRATEGY: StrategyName = 'p2c-ewma';

/** One of each, for the life of the process: round-robin remembers whose turn it is. */
export function createStrategies(random: Random = Math.random): Readonly<Record<StrategyName, Strategy>> {
  return {
    'p2c-ewma': new P2cEwma(random),
    'round-robin': new RoundRobin(),
    weighted: new Weighted(random),
    'least-connections': new LeastConnections(random),
    random: new UniformRandom(random),
    'consistent-hash': new ConsistentHash(),
  };
}
