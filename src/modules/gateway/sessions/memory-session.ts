import {
  type ClientSession,
  isSameUpstream,
  type NewSession,
  type SessionOwner,
  type UpstreamSession,
} from './client-session.js';
import { SUBSCRIPTION_COST } from './session-limits.js';
import type { SessionActivity } from './session-store.js';

/** A session as a replica keeps it in its memory. */
export class MemorySession implements ClientSession {
  readonly protocolVersion: string;
  readonly clientCapabilities: Readonly<Record<string, unknown>>;
  readonly clientInfo: Readonly<Record<string, unknown>>;
  readonly endpoint: NewSession['endpoint'];
  readonly owner: SessionOwner;
  readonly upstreamSessions = new Map<string, UpstreamSession>();
  readonly subscriptions = new Map<string, Set<string>>();
  lastUsedAtMs: number;
  logLevel: string | undefined;
  openCalls = 0;
  openStreams = 0;
  /** What the subscriptions cost together. */
  subscriptionCharacters = 0;

  constructor(
    readonly id: string,
    owner: SessionOwner,
    given: NewSession,
    readonly createdAtMs: number,
  ) {
    // Not the principal itself: its roles may change while the session lives.
    this.owner = { kind: owner.kind, tenantId: owner.tenantId, subject: owner.subject };
    this.protocolVersion = given.protocolVersion;
    this.clientCapabilities = given.clientCapabilities;
    this.clientInfo = given.clientInfo;
    this.endpoint = given.endpoint;
    this.lastUsedAtMs = createdAtMs;
  }

  /** `false` when that would cost more than `maxCharacters`. */
  subscribe(serverId: string, uri: string, maxCharacters: number): boolean {
    const uris = this.subscriptions.get(serverId) ?? new Set<string>();
    if (uris.has(uri)) return true;
    const cost = uri.length + SUBSCRIPTION_COST;
    if (this.subscriptionCharacters + cost > maxCharacters) return false;
    this.subscriptions.set(serverId, uris.add(uri));
    this.subscriptionCharacters += cost;
    return true;
  }

  /** The one that stands afterwards; `undefined` when there is room for no more than `max` servers. */
  attach(serverId: string, upstream: UpstreamSession, max: number): UpstreamSession | undefined {
    const standing = this.upstreamSessions.get(serverId);
    if (standing || this.upstreamSessions.size >= max) return standing;
    this.upstreamSessions.set(serverId, upstream);
    return upstream;
  }

  /** Whether `upstream` was the one that stood. */
  detach(serverId: string, upstream: UpstreamSession): boolean {
    const standing = this.upstreamSessions.get(serverId);
    return standing !== undefined && isSameUpstream(standing, upstream) && this.upstreamSessions.delete(serverId);
  }

  unsubscribe(serverId: string, uri: string): void {
    const uris = this.subscriptions.get(serverId);
    if (!uris?.delete(uri)) return;
    if (uris.size === 0) this.subscriptions.delete(serverId);
    this.subscriptionCharacters -= uri.length + SUBSCRIPTION_COST;
  }

  /** Counts an open call or stream more, or one less. */
  count(activity: SessionActivity, by: 1 | -1): void {
    if (activity === 'call') this.openCalls += by;
    else this.openStreams += by;
  }
}
