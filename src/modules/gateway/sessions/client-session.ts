import type { Principal } from '../../../kernel/principal.js';

/** Whose session it is. Another principal's session is as good as unknown. */
export type SessionOwner = Pick<Principal, 'kind' | 'tenantId' | 'subject'>;

export function ownsSession(owner: SessionOwner, { owner: of }: ClientSession): boolean {
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

/** A session with an upstream, opened on behalf of one client session. The store does not look into it. */
export interface UpstreamSession {
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
