import { z } from 'zod';
import { Sealer } from '../../../config/sealer.js';
import type { Secrets } from '../../../config/secrets.js';
import type { ClientSession, NewSession, SessionOwner, UpstreamSession } from './client-session.js';

/** What replicas share of a session. */
export interface StoredSession extends NewSession {
  readonly owner: SessionOwner;
  readonly createdAtMs: number;
  readonly logLevel: string | undefined;
  readonly upstreamSessions: ReadonlyMap<string, UpstreamSession>;
  readonly subscriptions: ReadonlyMap<string, ReadonlySet<string>>;
}

const Members = z.record(z.string(), z.unknown());

const StoredJson = z.object({
  format: z.literal(1),
  owner: z.object({
    kind: z.enum(['local', 'user', 'service', 'api_key', 'anonymous']),
    tenantId: z.string(),
    subject: z.string(),
  }),
  createdAtMs: z.number(),
  protocolVersion: z.string(),
  clientCapabilities: Members,
  clientInfo: Members,
  endpoint: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('aggregate'), tools: z.enum(['all', 'search']) }),
    z.object({ kind: z.literal('server'), serverId: z.string() }),
  ]),
  logLevel: z.string().optional(),
  upstreams: z.array(
    z.object({
      serverId: z.string(),
      url: z.string(),
      sessionId: z.object({ keyId: z.string(), ciphertext: z.base64() }).optional(),
      protocolVersion: z.string(),
      capabilities: Members,
    }),
  ),
  /** By server id. */
  subscriptions: z.record(z.string(), z.array(z.string())),
});

type StoredUpstream = z.infer<typeof StoredJson>['upstreams'][number];

/**
 * A session as JSON. Upstream session ids are what an upstream knows its client by, so they are sealed,
 * and bound to the session, its owner and the upstream: moved elsewhere, they cannot be opened.
 */
export class SessionCodec {
  readonly #sealer: Sealer;

  constructor(secrets: Secrets) {
    this.#sealer = new Sealer(secrets.keysFor('upstream-session-ids'));
  }

  encode(session: ClientSession): string {
    const { owner, createdAtMs, protocolVersion, clientCapabilities, clientInfo, endpoint, logLevel } = session;
    const upstreams = [...session.upstreamSessions].map(([serverId, { url, sessionId, ...upstream }]) => ({
      serverId,
      url,
      ...(sessionId === undefined ? {} : { sessionId: this.#seal(sessionId, binding(session, serverId, url)) }),
      protocolVersion: upstream.protocolVersion,
      capabilities: upstream.capabilities,
    }));
    const json: z.infer<typeof StoredJson> = {
      format: 1,
      owner,
      createdAtMs,
      protocolVersion,
      clientCapabilities,
      clientInfo,
      endpoint,
      ...(logLevel === undefined ? {} : { logLevel }),
      upstreams,
      subscriptions: Object.fromEntries([...session.subscriptions].map(([serverId, uris]) => [serverId, [...uris]])),
    };
    return JSON.stringify(json);
  }

  /** `undefined` for what this version of the service did not write. */
  decode(id: string, text: string): StoredSession | undefined {
    const parsed = StoredJson.safeParse(parseJson(text));
    if (!parsed.success) return undefined;
    const { upstreams, subscriptions, ...session } = parsed.data;
    const opened = upstreams.flatMap((stored): [string, UpstreamSession][] => {
      const upstream = this.#open(stored, binding({ id, owner: session.owner }, stored.serverId, stored.url));
      return upstream ? [[stored.serverId, upstream]] : [];
    });
    return {
      ...session,
      logLevel: session.logLevel,
      upstreamSessions: new Map(opened),
      subscriptions: new Map(Object.entries(subscriptions).map(([serverId, uris]) => [serverId, new Set(uris)])),
    };
  }

  #seal(sessionId: string, bound: string): { keyId: string; ciphertext: string } {
    const { keyId, ciphertext } = this.#sealer.seal(sessionId, bound);
    return { keyId, ciphertext: ciphertext.toString('base64') };
  }

  /** One that cannot be opened is none: the upstream gets another session. */
  #open({ url, sessionId, protocolVersion, capabilities }: StoredUpstream, bound: string): UpstreamSession | undefined {
    if (!sessionId) return { url, sessionId: undefined, protocolVersion, capabilities };
    try {
      const sealed = { keyId: sessionId.keyId, ciphertext: Buffer.from(sessionId.ciphertext, 'base64') };
      return { url, sessionId: this.#sealer.open(sealed, bound), protocolVersion, capabilities };
    } catch {
      return undefined;
    }
  }
}

function binding(
  { id, owner }: { readonly id: string; readonly owner: SessionOwner },
  serverId: string,
  url: string,
): string {
  return JSON.stringify([id, owner.kind, owner.tenantId, owner.subject, serverId, url]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
