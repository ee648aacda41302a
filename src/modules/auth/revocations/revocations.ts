import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { type AccessListener, ChangeFeed } from '../../../database/change-feed.js';
import { DatabaseAccess } from '../../../database/database-access.js';
import { messageOf } from '../../../kernel/app-error.js';
import { Clock } from '../../../kernel/clock.js';
import type { Principal } from '../../../kernel/principal.js';
import { Readiness } from '../../monitoring/index.js';
import { RevocationsRepository } from './revocations.repository.js';

const PRUNE_MS = 3_600_000;

/** What was revoked, in memory: read at start and whenever the change feed says so. */
@Injectable()
export class Revocations implements AccessListener {
  readonly #log = new Logger('Auth');
  #tokens: ReadonlySet<string> = new Set();
  /** Until when tokens are not taken, by tenant and subject. */
  #subjects: ReadonlyMap<string, number> = new Map();

  constructor(
    private readonly repository: RevocationsRepository,
    private readonly database: DatabaseAccess,
    private readonly clock: Clock,
    feed: ChangeFeed,
    readiness: Readiness,
  ) {
    feed.listenToAccess(this);
    readiness.beforeReady({ name: 'revocations', run: () => this.#load() });
  }

  isRevoked({ tenantId, subject }: Principal, tokenHash: string, issuedAtMs: number): boolean {
    if (this.#tokens.has(tokenHash)) return true;
    const until = this.#subjects.size === 0 ? undefined : this.#subjects.get(keyOf(tenantId, subject));
    return until !== undefined && issuedAtMs <= until;
  }

  onAccessChanged(): Promise<void> {
    return this.#load();
  }

  onReset(): Promise<void> {
    return this.#load();
  }

  @Interval('revocations-prune', PRUNE_MS)
  async prune(): Promise<void> {
    if (!this.database.isOpen) return;
    try {
      await this.repository.prune(this.clock.now());
      await this.#load();
    } catch (error) {
      this.#log.warn(`Revocations that are over could not be removed: ${messageOf(error)}`);
    }
  }

  async #load(): Promise<void> {
    const tokens = new Set<string>();
    const subjects = new Map<string, number>();
    for (const { tenantId, tokenHash, subject, issuedUntil } of await this.repository.inForce(this.clock.now())) {
      if (tokenHash !== null) tokens.add(tokenHash);
      if (subject === null || issuedUntil === null) continue;
      const key = keyOf(tenantId, subject);
      subjects.set(key, Math.max(subjects.get(key) ?? 0, issuedUntil.getTime()));
    }
    this.#tokens = tokens;
    this.#subjects = subjects;
  }
}

function keyOf(tenantId: string, subject: string): string {
  return `${tenantId}\n${subject}`;
}
