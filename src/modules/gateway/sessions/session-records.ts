import { Logger } from '@nestjs/common';
import type { RedisClient } from '../../cache/index.js';
import { ownerName, SESSION_CHANNEL, sessionKey, sessionKeys, SESSIONS_BY_USE } from './session-keys.js';
import type { SessionCodec, StoredSession } from './session-codec.js';
import { REMOVE_SESSION, RENEW_SESSION, SAVE_SESSION } from './session-scripts.js';
import type { SharedSession } from './shared-session.js';

/** A session in Redis, as it is there now. */
export interface SessionRecord {
  readonly stamp: string;
  readonly session: StoredSession;
  readonly usedAtMs: number;
}

/** `absent`: never seen, or lost by Redis. `gone`: it ended. */
export type Loaded = { readonly kind: 'absent' | 'gone' } | ({ readonly kind: 'known' } & SessionRecord);
export type Looked =
  { readonly kind: 'absent' | 'gone' } | { readonly kind: 'known'; readonly stamp: string; readonly usedAtMs: number };
/** When one of an owner's sessions was last used. */
export interface SessionUse {
  readonly id: string;
  readonly usedAtMs: number;
}

export type Saved =
  | { readonly kind: 'saved' | 'gone' }
  | ({ readonly kind: 'conflict' } & SessionRecord)
  | { readonly kind: 'full'; readonly byUse: readonly SessionUse[] };
export type Removed =
  { readonly kind: 'absent' | 'gone' | 'used' } | ({ readonly kind: 'removed' } & Partial<SessionRecord>);

/** A session, by what its keys are made of. */
export interface SessionName {
  readonly id: string;
  /** As {@link ownerName} writes it. */
  readonly owner: string;
}

/** A record and an end outlive the idle time, so that a sweep finds the one and a copy elsewhere the other. */
const GRACE_FACTOR = 2;

/** Sessions in Redis. `undefined` everywhere: Redis is away or late, and nobody knows. */
export class SessionRecords {
  readonly #log = new Logger('Sessions');

  constructor(
    private readonly redis: RedisClient,
    private readonly codec: SessionCodec,
    private readonly replica: string,
    private readonly idleMs: number,
  ) {}

  async load(id: string): Promise<Loaded | undefined> {
    const fields = await this.redis.within((commands) =>
      commands.hmGet(sessionKey(id), ['stamp', 'used', 'gone', 'data']),
    );
    if (!fields) return undefined;
    const seen = looked(fields);
    if (seen.kind !== 'known') return seen;
    const record = this.#record(id, seen.stamp, fields[3], fields[1]);
    return record ? { kind: 'known', ...record } : { kind: 'absent' };
  }

  async look(id: string): Promise<Looked | undefined> {
    const fields = await this.redis.within((commands) => commands.hmGet(sessionKey(id), ['stamp', 'used', 'gone']));
    return fields && looked(fields);
  }

  /** @param maxOfOwner for a new session: how many its owner may have with it. */
  async save(session: SharedSession, maxOfOwner?: number): Promise<Saved | undefined> {
    const name = nameOf(session);
    const reply = await this.redis.run(SAVE_SESSION, sessionKeys(name.id, name.owner), [
      name.id,
      memberOf(name),
      String(session.version),
      session.stamp,
      this.codec.encode(session),
      String(session.lastUsedAtMs),
      String(this.idleMs * GRACE_FACTOR),
      maxOfOwner === undefined ? '' : String(maxOfOwner),
      SESSION_CHANNEL,
      this.#announcement(name.id),
    ]);
    const [kind, ...rest] = texts(reply);
    if (kind === 'saved' || kind === 'gone') return { kind };
    if (kind === 'full') return { kind, byUse: pairs(rest) };
    const record = kind === 'conflict' ? this.#record(session.id, rest[0], rest[1], rest[2]) : undefined;
    return record && { kind: 'conflict', ...record };
  }

  /** @param unusedSinceMs only if it was last used then or before, and nobody is busy with it. */
  async remove(name: SessionName, nowMs: number, unusedSinceMs?: number): Promise<Removed | undefined> {
    const reply = await this.redis.run(REMOVE_SESSION, sessionKeys(name.id, name.owner), [
      name.id,
      memberOf(name),
      unusedSinceMs === undefined ? '' : String(unusedSinceMs),
      String(nowMs),
      String(this.idleMs * GRACE_FACTOR),
      SESSION_CHANNEL,
      this.#announcement(name.id),
    ]);
    const [kind, ...rest] = texts(reply);
    if (kind === 'absent' || kind === 'gone' || kind === 'used') return { kind };
    return kind === 'removed' ? { kind, ...this.#record(name.id, rest[0], rest[1], rest[2]) } : undefined;
  }

  /** Tells of a use. `false`: Redis does not know the session. */
  async renew(session: SharedSession, usedAtMs: number, busyUntilMs: number | undefined): Promise<boolean | undefined> {
    const name = nameOf(session);
    const reply = await this.redis.run(RENEW_SESSION, sessionKeys(name.id, name.owner), [
      name.id,
      memberOf(name),
      String(usedAtMs),
      String(this.idleMs * GRACE_FACTOR),
      this.replica,
      busyUntilMs === undefined ? '' : String(busyUntilMs),
    ]);
    return reply === undefined ? undefined : reply === 1;
  }

  /** Sessions that were last used then or before, `most` of them at most. */
  async unusedSince(ms: number, most: number): Promise<SessionName[] | undefined> {
    const members = await this.redis.within((commands) =>
      commands.zRange(SESSIONS_BY_USE, '-inf', ms, { BY: 'SCORE', LIMIT: { offset: 0, count: most } }),
    );
    return members?.map((member) => {
      const [id = '', owner = ''] = member.split(':');
      return { id, owner };
    });
  }

  #announcement(id: string): string {
    return `${this.replica} ${id}`;
  }

  #record(id: string, stamp?: string | null, data?: string | null, used?: string | null): SessionRecord | undefined {
    if (typeof stamp !== 'string' || typeof data !== 'string') return undefined;
    const session = this.codec.decode(id, data);
    if (!session) this.#log.warn('A session in Redis was not written by this version of the service: it is left out');
    return session && { stamp, session, usedAtMs: Number(used ?? 0) };
  }
}

export function nameOf(session: SharedSession): SessionName {
  return { id: session.id, owner: ownerName(session.owner) };
}

function memberOf({ id, owner }: SessionName): string {
  return `${id}:${owner}`;
}

function looked([stamp, used, gone]: readonly (string | null | undefined)[]): Looked {
  if (typeof gone === 'string') return { kind: 'gone' };
  return typeof stamp === 'string' ? { kind: 'known', stamp, usedAtMs: Number(used ?? 0) } : { kind: 'absent' };
}

function texts(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}

function pairs(flat: readonly string[]): SessionUse[] {
  return flat.flatMap((id, n) => (n % 2 === 0 ? [{ id, usedAtMs: Number(flat[n + 1]) }] : []));
}
