import type { Candidate, RoutingKey, Strategy } from './strategy.js';

/**
 * The same caller goes to the same server, in every process and after a restart: rendezvous hashing
 * (Thaler and Ravishankar, 1996). A server that leaves moves its own callers only, and one that comes
 * takes an even share from each of the others.
 */
export class ConsistentHash implements Strategy {
  pick<C extends Candidate>(candidates: readonly C[], { tenantId, subject }: RoutingKey): C | undefined {
    const caller = fnv1a(`${tenantId}\u0000${subject}\u0000`, FNV_OFFSET);
    let best: C | undefined;
    let highest = -1;
    for (const candidate of candidates) {
      const score = mix(fnv1a(candidate.id, caller));
      if (best === undefined || score > highest || (score === highest && candidate.id < best.id)) {
        best = candidate;
        highest = score;
      }
    }
    return best;
  }
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, 32 bits, over UTF-16 code units, going on from `hash`. */
function fnv1a(text: string, hash: number): number {
  let result = hash;
  for (let i = 0; i < text.length; i += 1) result = Math.imul(result ^ text.charCodeAt(i), FNV_PRIME);
  return result;
}

/** MurmurHash3's finaliser: ids that differ in one character still rank independently. */
function mix(hash: number): number {
  let result = hash ^ (hash >>> 16);
  result = Math.imul(result, 0x85ebca6b);
  result = Math.imul(result ^ (result >>> 13), 0xc2b2ae35);
  return (result ^ (result >>> 16)) >>> 0;
}
