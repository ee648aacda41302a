import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError, messageOf } from '../../../kernel/app-error.js';
import { isRecord, ownMember } from '../../../mcp/json-record.js';
import { RouteTable } from '../catalogue/route-table.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { readResponse } from '../forward/read-response.js';
import { UpstreamClient } from '../forward/upstream-client.js';
import { UPSTREAM_DEFAULTS, type UpstreamDefaults } from '../forward/upstream-defaults.js';
import { postHeaders, type UpstreamAnswer } from '../forward/upstream-exchange.js';
import { GATEWAY_INFO } from '../own-answers.js';
import { systemScope } from '../../../kernel/scope.js';
import type { ClientSession, UpstreamSession } from './client-session.js';
import { SESSION_STORE, type SessionStore } from './session-store.js';

const HANDSHAKE_BYTES_AT_MOST = 1024 * 1024;
const CLOSE_WITHIN_MS = 2000;
/** For what has to be there before the first call: what a server says while it runs may need a stream. */
const READY_WITHIN_MS = 500;

/** Told of each session with an upstream; the first call on it waits, for a moment, for what is returned. */
export type OpenedListener = (
  session: ClientSession,
  server: RoutedServer,
  upstream: UpstreamSession,
) => Promise<void> | undefined;

/** The sessions that a legacy client's session holds with upstreams: opened on first use, one for each server. */
@Injectable()
export class UpstreamSessions {
  readonly #log = new Logger(UpstreamSessions.name);
  /** Single flight by client session and server. */
  readonly #opening = new Map<string, Promise<UpstreamSession>>();
  readonly #listeners: OpenedListener[] = [];

  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    private readonly client: UpstreamClient,
    @Inject(UPSTREAM_DEFAULTS) private readonly defaults: UpstreamDefaults,
    routes: RouteTable,
  ) {
    store.onClose((session, reason) => {
      if (reason === 'released') return;
      for (const [serverId, upstream] of session.upstreamSessions) {
        const server = routes.byId(systemScope, serverId);
        if (server?.url === upstream.url) void this.#end(server, upstream);
      }
    });
  }

  onOpened(listener: OpenedListener): void {
    this.#listeners.push(listener);
  }

  /** @throws AppError when the upstream does not take a session. */
  async of(session: ClientSession, server: RoutedServer): Promise<UpstreamSession> {
    const held = session.upstreamSessions.get(server.id);
    if (held?.url === server.url) return held;
    // The server moved: its session is with who was there before.
    if (held) await this.store.detachUpstream(session, server.id, held);
    const key = `${session.id} ${server.id}`;
    const underWay = this.#opening.get(key);
    if (underWay) return underWay;
    const opening = this.#open(session, server).finally(() => this.#opening.delete(key));
    this.#opening.set(key, opening);
    return opening;
  }

  /** Forgets a session that the upstream says it does not know, and opens another. */
  async renew(session: ClientSession, server: RoutedServer, forgotten: UpstreamSession): Promise<UpstreamSession> {
    await this.store.detachUpstream(session, server.id, forgotten);
    return this.of(session, server);
  }

  /** Says something whose answer nobody waits for. */
  async post(server: RoutedServer, upstream: UpstreamSession, body: Buffer): Promise<void> {
    try {
      const answer = await this.client.request(server, { method: 'POST', headers: upstreamHeaders(upstream), body });
      await answer.body.dump();
    } catch (error) {
      this.#log.debug(`${server.name} could not be told: ${messageOf(error)}`);
    }
  }

  /** The level is the client session's: each upstream session of it has to be told. */
  async tellLevel(server: RoutedServer, upstream: UpstreamSession, level: string): Promise<void> {
    if (!Object.hasOwn(upstream.capabilities, 'logging')) return;
    const message = { id: 'gateway-log-level', method: 'logging/setLevel', params: { level } };
    await this.post(server, upstream, jsonBody(message));
  }

  async #open(session: ClientSession, server: RoutedServer): Promise<UpstreamSession> {
    const upstream = await this.#handshake(session, server);
    const standing = await this.#attach(session, server, upstream);
    if (standing !== upstream) await this.#end(server, upstream);
    if (!standing)
      throw new AppError('not_found', 'mcp.session_unknown', 'The session ended meanwhile: initialise again.');
    // Another replica's was told by that replica.
    if (standing === upstream) {
      if (session.logLevel !== undefined) await this.tellLevel(server, upstream, session.logLevel);
      void this.#subscribeAgain(session, server, upstream);
    }
    const awaited = this.#listeners.flatMap((listener) => listener(session, server, standing) ?? []);
    if (awaited.length > 0)
      await Promise.race([Promise.all(awaited), sleep(READY_WITHIN_MS, undefined, { ref: false })]);
    return standing;
  }

  async #attach(
    session: ClientSession,
    server: RoutedServer,
    upstream: UpstreamSession,
  ): Promise<UpstreamSession | undefined> {
    try {
      return await this.store.attachUpstream(session, server.id, upstream);
    } catch (error) {
      await this.#end(server, upstream);
      throw error;
    }
  }

  async #handshake(session: ClientSession, server: RoutedServer): Promise<UpstreamSession> {
    const signal = AbortSignal.timeout(server.settings.timeoutMs ?? this.defaults.timeoutMs);
    const initialize = jsonBody({
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: session.protocolVersion,
        capabilities: session.clientCapabilities,
        clientInfo: { ...GATEWAY_INFO, ...session.clientInfo },
      },
    });
    try {
      const answer = await this.client.request(server, {
        method: 'POST',
        headers: postHeaders(),
        body: initialize,
        signal,
      });
      const upstream = await readHandshake(server, answer);
      const told = await this.client.request(server, {
        method: 'POST',
        headers: upstreamHeaders(upstream),
        body: jsonBody({ method: 'notifications/initialized' }),
        signal,
      });
      await told.body.dump();
      return upstream;
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new AppError('upstream_timeout', 'gateway.timeout', `${server.name} did not open a session in time.`, {
        cause: error,
      });
    }
  }

  /** What the client subscribed to at a session that the upstream forgot. */
  async #subscribeAgain(session: ClientSession, server: RoutedServer, upstream: UpstreamSession): Promise<void> {
    for (const uri of session.subscriptions.get(server.id) ?? []) {
      if (session.upstreamSessions.get(server.id) !== upstream) return;
      const message = { id: `gateway-subscribe ${uri}`, method: 'resources/subscribe', params: { uri } };
      await this.post(server, upstream, jsonBody(message));
    }
  }

  /** Best effort: an upstream that cannot be told forgets the session by itself. */
  async #end(server: RoutedServer, upstream: UpstreamSession): Promise<void> {
    if (upstream.sessionId === undefined) return;
    try {
      const signal = AbortSignal.timeout(CLOSE_WITHIN_MS);
      const answer = await this.client.request(server, {
        method: 'DELETE',
        headers: upstreamHeaders(upstream),
        signal,
      });
      await answer.body.dump();
    } catch (error) {
      this.#log.debug(`A session with ${server.name} could not be ended: ${messageOf(error)}`);
    }
  }
}

/** What each request of an upstream session carries. */
export function upstreamHeaders({ protocolVersion, sessionId }: UpstreamSession): Record<string, string> {
  const headers = postHeaders();
  headers['mcp-protocol-version'] = protocolVersion;
  if (sessionId !== undefined) headers['mcp-session-id'] = sessionId;
  return headers;
}

function jsonBody(message: object): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
}

async function readHandshake(server: RoutedServer, answer: UpstreamAnswer): Promise<UpstreamSession> {
  const response = answer.statusCode === 200 ? await readResponse(answer, HANDSHAKE_BYTES_AT_MOST) : undefined;
  if (response?.kind !== 'read') {
    await answer.body.dump();
    throw refused(server, `HTTP ${String(answer.statusCode)}`);
  }
  const message: unknown = JSON.parse(response.bytes.toString('utf8'));
  const result = isRecord(message) ? message['result'] : undefined;
  const version = isRecord(result) ? ownMember(result, 'protocolVersion') : undefined;
  if (!isRecord(result) || typeof version !== 'string') throw refused(server, 'an answer without a protocol version');
  const sessionId = answer.headers['mcp-session-id'];
  const capabilities = ownMember(result, 'capabilities');
  return {
    url: server.url,
    sessionId: typeof sessionId === 'string' ? sessionId : undefined,
    protocolVersion: version,
    capabilities: isRecord(capabilities) ? capabilities : {},
  };
}

function refused(server: RoutedServer, how: string): AppError {
  return new AppError(
    'upstream_failed',
    'gateway.upstream_handshake',
    `${server.name} did not open a session: ${how}.`,
  );
}
