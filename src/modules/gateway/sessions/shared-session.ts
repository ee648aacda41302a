import { isSameUpstream, type NewSession, type SessionOwner } from './client-session.js';
import { MemorySession } from './memory-session.js';
import type { StoredSession } from './session-codec.js';

/** A replica's copy of a session that other replicas may have too. */
export class SharedSession extends MemorySession {
  version = 1;
  /** Whether Redis has had it. */
  isWritten = false;
  /** When Redis last said that the copy is right. */
  checkedAtMs = -Infinity;
  /** The last use that Redis was told of. */
  toldUseAtMs = -Infinity;
  /** Whether Redis was told that calls or streams are open here. */
  toldBusy = false;
  rechecking: Promise<unknown> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @param writer the replica that wrote this version. */
  constructor(
    id: string,
    owner: SessionOwner,
    given: NewSession,
    createdAtMs: number,
    public writer: string,
  ) {
    super(id, owner, given, createdAtMs);
  }

  /** Two versions are the same when their stamps are. */
  get stamp(): string {
    return `${String(this.version)}:${this.writer}`;
  }

  /** Redis and the copy are the same now. */
  agreed(nowMs: number): void {
    this.isWritten = true;
    this.checkedAtMs = nowMs;
  }

  /** Takes over what another replica wrote. What did not change stays the same object. */
  adopt(stored: StoredSession, stamp: string): void {
    const { version, writer } = parseStamp(stamp);
    this.version = version;
    this.writer = writer;
    this.logLevel = stored.logLevel;
    for (const [serverId, held] of this.upstreamSessions) {
      const theirs = stored.upstreamSessions.get(serverId);
      if (!theirs || !isSameUpstream(held, theirs)) this.upstreamSessions.delete(serverId);
    }
    for (const [serverId, theirs] of stored.upstreamSessions) {
      if (!this.upstreamSessions.has(serverId)) this.upstreamSessions.set(serverId, theirs);
    }
    for (const [serverId, uris] of this.subscriptions) {
      for (const uri of uris) if (!stored.subscriptions.get(serverId)?.has(uri)) this.unsubscribe(serverId, uri);
    }
    for (const [serverId, uris] of stored.subscriptions) {
      for (const uri of uris) this.subscribe(serverId, uri, Infinity);
    }
  }

  /** One after the other, so that no change is lost between reading and writing. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

export function parseStamp(stamp: string): { readonly version: number; readonly writer: string } {
  const colon = stamp.indexOf(':');
  return { version: Number(stamp.slice(0, colon)), writer: stamp.slice(colon + 1) };
}
