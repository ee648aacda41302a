import type { Principal } from '../../../kernel/principal.js';

/** Whose session it is. Another principal's session is as good as unknown. */
export type SessionOwner = Pick<Principal, 'kind' | 'tenantId' | 'subject'>;

export function ownsSession(owner: SessionOwner, { owner: of }: Pick<ClientSession, 'owner'>): boolean {
  return owner.subject === of.subject && owner.tenantId === of.tenantId && owner.kind === of.kind;
}

/** Where the session was opened; an id is good there only. How the aggregate shows its tools is the session's too. */
export type SessionEndpoint =
  | { readonly kind: 'aggregate'; readonly tools: 'all' | 'search' }
  | { readonly kind: 'server'; readonly serverId: string };

/** What a client said when it initialised, and what it was answered. */
export interface NewSession {
  readonly protocolVersion: string;
  readonly clientCapabilities: Readonly<Record<string, unknown>>;
  readonly clientInfo: Readonly<Record<string, unknown>>;
  readonly endpoint: SessionEndpoint;
}

/** A session with an upstream, opened on behalf of one client session. */
export interface UpstreamSession {
  /** Where it was opened; an id is good there only. */
  readonly url: string;
  /** `undefined` where the upstream gave none: it keeps no sessions. */
  readonly sessionId: string | undefined;
  readonly protocolVersion: string;
  readonly capabilities: Readonly<Record<string, unknown>>;
}

/** A legacy client's session, as its readers see it; only the store changes it. */
export interface ClientSession extends NewSession {
  /** Opaque, at least 128 random bits, visible ASCII (2025-11-25, Session Management). */
  readonly id: string;
  readonly owner: SessionOwner;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  /** As `logging/setLevel` set it. */
  readonly logLevel: string | undefined;
  /** On this replica. */
  readonly openCalls: number;
  readonly openStreams: number;
  /** By server id. */
  readonly upstreamSessions: ReadonlyMap<string, UpstreamSession>;
  /** Resource URIs as their servers name them, by server id. */
  readonly subscriptions: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Whether closing it would cut something off. */
export function isBusy({ openCalls, openStreams }: ClientSession): boolean {
  return openCalls > 0 || openStreams > 0;
}

/** Whether both are one session of the upstream. */
export function isSameUpstream(one: UpstreamSession, other: UpstreamSession): boolean {
  return one.sessionId === other.sessionId && one.url === other.url && one.protocolVersion === other.protocolVersion;
}
