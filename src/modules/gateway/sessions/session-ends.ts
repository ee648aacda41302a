import type { Clock } from '../../../kernel/clock.js';
import { isBusy, type SessionOwner } from './client-session.js';
import { inBatches } from './in-batches.js';
import { copyOf, type SessionCopies } from './session-copies.js';
import { ownSessionsBusy } from './session-errors.js';
import { ownerName } from './session-keys.js';
import type { SessionLimits } from './session-limits.js';
import { nameOf, type Removed, type SessionName, type SessionRecords, type SessionUse } from './session-records.js';
import type { CloseReason } from './session-store.js';
import type { SharedSession } from './shared-session.js';

/** Ends that Redis could not be told of. */
const UNHEARD_AT_MOST = 10_000;

/** `ended`: by this replica. `kept`: it was used meanwhile. `gone`: by another. `undefined`: Redis is away. */
export type Ending = 'ended' | 'kept' | 'gone' | undefined;

/** Ends shared sessions: each once, by the replica that removes it from Redis. */
export class SessionEnds {
  readonly #unheard = new Map<string, SessionName>();

  constructor(
    private readonly copies: SessionCopies,
    private readonly records: SessionRecords,
    private readonly clock: Clock,
    private readonly limits: SessionLimits,
  ) {}

  /** @param unusedSinceMs only if it was last used then or before, and no replica is busy with it. */
  async end(name: SessionName, reason: CloseReason, unusedSinceMs?: number): Promise<Ending> {
    const removed = await this.records.remove(name, this.clock.nowMs(), unusedSinceMs);
    const copy = this.copies.get(name.id);
    switch (removed?.kind) {
      case undefined:
        return undefined;
      case 'used':
        return 'kept';
      case 'gone':
        if (copy) this.copies.close(copy, 'released');
        return 'gone';
      case 'absent':
        if (copy) this.copies.close(copy, reason);
        return copy ? 'ended' : 'gone';
      case 'removed':
        this.#close(name.id, removed, copy, reason);
        return 'ended';
    }
  }

  /** Of a copy that Redis cannot be asked about: it hears of the end when it is back. */
  endUnheard(session: SharedSession, reason: CloseReason): void {
    if (this.#unheard.size < UNHEARD_AT_MOST) this.#unheard.set(session.id, nameOf(session));
    this.copies.close(session, reason);
  }

  isUnheard(id: string): boolean {
    return this.#unheard.has(id);
  }

  async tellUnheard(): Promise<void> {
    await inBatches([...this.#unheard.values()], async (name) => {
      if (await this.records.remove(name, this.clock.nowMs())) this.#unheard.delete(name.id);
    });
  }

  /** Gives up the owner's longest idle session, wherever it is. @throws AppError `gateway.sessions_exhausted` */
  async evictOne(owner: SessionOwner, byUse: readonly SessionUse[]): Promise<void> {
    const idle = byUse
      .map(({ id, usedAtMs }) => ({ id, usedAtMs, copy: this.copies.get(id) }))
      .filter(({ copy }) => !copy || !isBusy(copy))
      .toSorted((a, b) => lastUse(a) - lastUse(b));
    let othersMadeRoom = false;
    for (const { id, usedAtMs } of idle) {
      const isExpired = this.clock.nowMs() - usedAtMs >= this.limits.idleMs;
      const ending = await this.end({ id, owner: ownerName(owner) }, isExpired ? 'expired' : 'evicted', usedAtMs);
      // That room is for who made it: of many that come at once each gives up another session.
      if (ending === 'gone') othersMadeRoom = true;
      else if (ending !== 'kept') return;
    }
    if (!othersMadeRoom) throw ownSessionsBusy(this.limits);
  }

  /** Without Redis this replica counts alone. @throws AppError `gateway.sessions_exhausted` */
  evictCopyOf(owner: SessionOwner): void {
    if (this.copies.countOf(owner) < this.limits.maxPerPrincipal) return;
    const longestIdle = this.copies.longestIdleOf(owner);
    if (!longestIdle) throw ownSessionsBusy(this.limits);
    this.endUnheard(longestIdle, 'evicted');
  }

  /** With what the session was in Redis, which may be newer than the copy. */
  #close(
    id: string,
    { stamp, session, usedAtMs = 0 }: Extract<Removed, { kind: 'removed' }>,
    copy: SharedSession | undefined,
    reason: CloseReason,
  ): void {
    const isReadable = session !== undefined && stamp !== undefined;
    if (copy && isReadable) copy.adopt(session, stamp);
    if (copy) this.copies.close(copy, reason);
    else if (isReadable) this.copies.tellEnd(copyOf(id, { stamp, session, usedAtMs }), reason);
  }
}

function lastUse({ usedAtMs, copy }: { readonly usedAtMs: number; readonly copy: SharedSession | undefined }): number {
  return Math.max(usedAtMs, copy?.lastUsedAtMs ?? 0);
}
