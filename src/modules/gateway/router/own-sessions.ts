import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { GATEWAY_INFO } from '../own-answers.js';
import type { ClientSession } from '../sessions/client-session.js';
import { SESSION_STORE, type SessionStore } from '../sessions/session-store.js';
import { upstreamHeaders } from '../sessions/upstream-headers.js';
import { UpstreamSessions } from '../sessions/upstream-sessions.js';

export interface HeldSession {
  readonly headers: Readonly<Record<string, string>>;
  readonly hasSession: boolean;
  /** Headers of a new session, for one that the upstream forgot. */
  renew(): Promise<Readonly<Record<string, string>>>;
}

/**
 * Sessions for calls over REST, whose callers have none: one for each principal, never shared, in the
 * same store and under the same limits as those of MCP clients.
 */
@Injectable()
export class OwnSessions {
  readonly #byPrincipal = new Map<string, Promise<ClientSession>>();
  /** A principal may have other sessions, whose ends are no concern of ours. */
  readonly #own = new WeakSet<ClientSession>();

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    private readonly upstreams: UpstreamSessions,
  ) {
    store.onClose((session) => {
      if (this.#own.has(session)) this.#byPrincipal.delete(keyOf(session.owner));
    });
  }

  async headersFor(principal: Principal, server: RoutedServer, protocolVersion: string): Promise<HeldSession> {
    const session = await this.#session(principal, protocolVersion);
    this.store.touch(session);
    const upstream = await this.upstreams.of(session, server);
    return {
      headers: upstreamHeaders(upstream),
      hasSession: upstream.sessionId !== undefined,
      renew: async () => upstreamHeaders(await this.upstreams.renew(session, server, upstream)),
    };
  }

  #session(principal: Principal, protocolVersion: string): Promise<ClientSession> {
    const key = keyOf(principal);
    const known = this.#byPrincipal.get(key);
    if (known) return known;
    const created = this.#create(principal, protocolVersion).catch((error: unknown) => {
      this.#byPrincipal.delete(key);
      throw error;
    });
    this.#byPrincipal.set(key, created);
    return created;
  }

  async #create(principal: Principal, protocolVersion: string): Promise<ClientSession> {
    const session = await this.store.create(principal, {
      protocolVersion,
      clientCapabilities: {},
      clientInfo: GATEWAY_INFO,
      endpoint: { kind: 'aggregate', tools: 'all' },
    });
    this.#own.add(session);
    return session;
  }
}

function keyOf({ kind, tenantId, subject }: Pick<Principal, 'kind' | 'tenantId' | 'subject'>): string {
  return `${kind}\n${tenantId}\n${subject}`;
}
