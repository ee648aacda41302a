import type { Secrets } from '../../../config/secrets.js';
import { KeyedDigest } from '../arguments/keyed-digest.js';
import { CHAIN_PURPOSE } from './chain.js';
import { ChainSource, type Query, type Window } from './chain-source.js';
import { type Verification, verifyChains } from './verify.js';

/** Checks the chains with every key of `SECRETS_KEY`: the first wrote the latest records, the others what was before. */
export function verifyAudit(query: Query, secrets: Secrets, window: Window): Promise<Verification> {
  const digests = secrets.derive(CHAIN_PURPOSE).map((key) => new KeyedDigest(key));
  return verifyChains(new ChainSource(query), digests, window);
}
