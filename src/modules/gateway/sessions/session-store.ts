import type { ClientSession, NewSession, SessionOwner, UpstreamSession } from './client-session.js';

/** At once from memory, a promise from a store over the network. `await` takes both. */
export type MaybePromise<T> = T | Promise<T>;

/** What keeps a session from counting as idle. */
export type SessionActivity = 'call' | 'stream';

/** One open call or stream of a session. */
export interface SessionLease {
  /** Later calls do nothing. */
  close(): void;
}

/**
 * Why a session ended: its client deleted it, it was idle too long, its owner needed room, the replica
 * stops. `released`: it is no longer this replica's, but lives on or was ended at another.
 */
export type CloseReason = 'deleted' | 'expired' | 'evicted' | 'shutdown' | 'released';

/**
 * Ends what the session owned: streams, running calls and, unless it was `released`, upstream sessions.
 * Must not throw.
 */
export type SessionCloseListener = (session: ClientSession, reason: CloseReason) => void;

/** Hears that another replica opened the upstream session of a server for a session that is known here. Must not throw. */
export type UpstreamAttachedListener = (session: ClientSession, serverId: string, upstream: UpstreamSession) => void;

/** Hears that another replica changed what a session that is known here subscribed to at a server. Must not throw. */
export type SubscriptionsChangedListener = (session: ClientSession, serverId: string) => void;

/** The injection token of the store in use. */
export const SESSION_STORE = Symbol('SESSION_STORE');

/** Sessions of legacy clients. What changes a session answers `false` when it ended meanwhile. */
export interface SessionStore {
  /**
   * At the owner's or the replica's cap the owner's longest idle session is closed for the new one.
   * Throws `AppError` `unavailable` `gateway.sessions_exhausted` when it has no idle one, and
   * `too_large` `gateway.client_too_large` when the client says too much about itself.
   */
  create(owner: SessionOwner, session: NewSession): MaybePromise<ClientSession>;

  /**
   * `undefined` for an id that is unknown, expired or another principal's. Does not {@link touch}. Throws
   * `unavailable` `gateway.sessions_unavailable` when other replicas may know the session and nobody can say.
   */
  get(owner: SessionOwner, id: string): MaybePromise<ClientSession | undefined>;

  /** Begins the idle time anew. {@link open} and closing a lease do so too. */
  touch(session: ClientSession): void;

  /** Marks a call or stream as open; `undefined` when the session ended meanwhile. */
  open(session: ClientSession, activity: SessionActivity): SessionLease | undefined;

  /** Whether the caller had such a session. */
  delete(owner: SessionOwner, id: string): MaybePromise<boolean>;

  /** Takes over what other replicas changed in the session, where an announcement of it may be under way. */
  refresh(session: ClientSession): MaybePromise<void>;

  setLogLevel(session: ClientSession, level: string): MaybePromise<boolean>;

  /**
   * Remembers the upstream session of a server. The first one stands, also when two replicas open one
   * at once, until it is detached: the answer is the one that stands, `undefined` when the client's
   * session ended meanwhile. A caller whose own one does not stand ends it itself. Throws `unavailable`
   * `gateway.upstream_sessions_exhausted`.
   */
  attachUpstream(
    session: ClientSession,
    serverId: string,
    upstream: UpstreamSession,
  ): MaybePromise<UpstreamSession | undefined>;

  /**
   * Forgets the server's upstream session, if it is still `upstream`: whoever finds that the upstream
   * forgot it must not throw away the one that another call has just opened.
   */
  detachUpstream(session: ClientSession, serverId: string, upstream: UpstreamSession): MaybePromise<boolean>;

  /**
   * @param uri as the server names it.
   * Throws `invalid` `gateway.subscriptions_exhausted` when the session has too many.
   */
  subscribe(session: ClientSession, serverId: string, uri: string): MaybePromise<boolean>;

  unsubscribe(session: ClientSession, serverId: string, uri: string): MaybePromise<boolean>;

  /** Closes what is idle for too long and tells how many; a job calls it. */
  sweep(nowMs: number): MaybePromise<number>;

  /** Listeners hear of every end on this replica, after the session has left it. */
  onClose(listener: SessionCloseListener): void;

  onUpstreamAttached(listener: UpstreamAttachedListener): void;

  onSubscriptionsChanged(listener: SubscriptionsChangedListener): void;

  /** Closes all of this replica, with the reason `shutdown`; those that other replicas know are `released`. */
  closeAll(): MaybePromise<void>;

  /** Sessions on this replica. */
  readonly size: number;
}
