import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type AccessListener, ChangeFeed } from '../../../database/change-feed.js';
import { type ApiKeyParts } from '../../../kernel/api-key.js';
import { Clock } from '../../../kernel/clock.js';
import type { Principal } from '../../../kernel/principal.js';
import { type ApiKeyProof, ApiKeysRepository } from './api-keys.repository.js';
import { hashOf } from './secret.js';

/** Selectors that are remembered, good or unknown; what was asked for the longest ago goes first. */
const KNOWN_AT_MOST = 10_000;
/** A selector that nobody has is not looked up again for this long: a flood of them must not become one of queries. */
const UNKNOWN_FOR_MS = 60_000;

interface Known {
  /** Undefined: there is no such key. */
  readonly proof: ApiKeyProof | undefined;
  readonly principal: Principal | undefined;
  readonly untilMs: number;
}

/** Keys as they lie in the database, remembered until the change feed says that they changed. */
@Injectable()
export class KnownApiKeys implements AccessListener {
  /** A promise: being read. */
  readonly #known = new Map<string, Known | Promise<Known>>();
  readonly #used = new Map<string, Date>();

  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly clock: Clock,
    feed: ChangeFeed,
  ) {
    feed.listenToAccess(this);
  }

  /** Whom the key stands for, at once when it is known; undefined: nobody. Throws what the database throws. */
  principalOf({ selector, secret }: ApiKeyParts): Principal | undefined | Promise<Principal | undefined> {
    const known = this.#known.get(selector);
    if (known === undefined || (!(known instanceof Promise) && known.untilMs < this.clock.nowMs())) {
      return this.#read(selector).then((read) => this.#checked(read, secret));
    }
    return known instanceof Promise ? known.then((read) => this.#checked(read, secret)) : this.#checked(known, secret);
  }

  onAccessChanged(ids: readonly string[]): void {
    for (const [selector, known] of this.#known) {
      // What is being read may be from before the change.
      if (known instanceof Promise || known.proof === undefined || ids.includes(known.proof.id)) {
        this.#known.delete(selector);
      }
    }
  }

  onReset(): void {
    this.#known.clear();
  }

  /** When keys were used since the last time that this was asked, by their ids. */
  takeUses(): ReadonlyMap<string, Date> {
    const uses = new Map(this.#used);
    this.#used.clear();
    return uses;
  }

  #checked({ proof, principal }: Known, secret: string): Principal | undefined {
    if (!proof || !principal) return undefined;
    const nowMs = this.clock.nowMs();
    if (proof.revokedAt !== null || (proof.expiresAt !== null && proof.expiresAt.getTime() <= nowMs)) return undefined;
    const hash = hashOf(secret);
    const good = timingSafeEqual(hash, proof.secretHash) || isPrevious(proof, hash, nowMs);
    if (!good) return undefined;
    this.#used.set(proof.id, this.clock.now());
    return principal;
  }

  #read(selector: string): Promise<Known> {
    const reading: Promise<Known> = this.keys.proofOf(selector).then((proof) => ({
      proof,
      principal: proof && principalOf(proof),
      untilMs: proof ? Number.POSITIVE_INFINITY : this.clock.nowMs() + UNKNOWN_FOR_MS,
    }));
    this.#remember(selector, reading);
    reading.then(
      (known) => {
        if (this.#known.get(selector) === reading) this.#known.set(selector, known);
      },
      () => {
        if (this.#known.get(selector) === reading) this.#known.delete(selector);
      },
    );
    return reading;
  }

  #remember(selector: string, reading: Promise<Known>): void {
    this.#known.delete(selector);
    if (this.#known.size >= KNOWN_AT_MOST) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(selector, reading);
  }
}

function isPrevious({ previousHash, previousUntil }: ApiKeyProof, hash: Buffer, nowMs: number): boolean {
  return (
    previousHash !== null &&
    previousUntil !== null &&
    previousUntil.getTime() > nowMs &&
    timingSafeEqual(hash, previousHash)
  );
}

function principalOf({ tenantId, selector, roles, operator }: ApiKeyProof): Principal {
  return { kind: 'api_key', tenantId, subject: `key:${selector}`, roles, operator };
}
