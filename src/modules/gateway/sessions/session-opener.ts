import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError, messageOf } from '../../../kernel/app-error.js';
import { isRecord, ownMember } from '../../../mcp/json-record.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { readResponse } from '../forward/read-response.js';
import { UpstreamClient } from '../forward/upstream-client.js';
import { UPSTREAM_DEFAULTS, type UpstreamDefaults } from '../forward/upstream-defaults.js';
import { postHeaders, type UpstreamAnswer } from '../forward/upstream-exchange.js';
import type { UpstreamSession } from './client-session.js';
import { upstreamHeaders } from './upstream-headers.js';

const HANDSHAKE_BYTES_AT_MOST = 1024 * 1024;
const CLOSE_WITHIN_MS = 2000;

/** What `initialize` says of the client. */
export interface InitializeParams {
  readonly protocolVersion: string;
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly clientInfo: Readonly<Record<string, unknown>>;
}

/** Opens and ends sessions with legacy upstreams; who holds them is not its concern. */
@Injectable()
export class SessionOpener {
  readonly #log = new Logger(SessionOpener.name);

  constructor(
    private readonly client: UpstreamClient,
    @Inject(UPSTREAM_DEFAULTS) private readonly defaults: UpstreamDefaults,
  ) {}

  /** @throws AppError `gateway.upstream_handshake`, `gateway.timeout`, `egress.*`. */
  async open(server: RoutedServer, params: InitializeParams): Promise<UpstreamSession> {
    const signal = AbortSignal.timeout(server.settings.timeoutMs ?? this.defaults.timeoutMs);
    try {
      const answer = await this.client.request(server, {
        method: 'POST',
        headers: postHeaders(),
        body: jsonBody({ id: 0, method: 'initialize', params }),
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

  /** Says something whose answer nobody waits for. */
  async post(server: RoutedServer, upstream: UpstreamSession, body: Buffer): Promise<void> {
    try {
      const answer = await this.client.request(server, { method: 'POST', headers: upstreamHeaders(upstream), body });
      await answer.body.dump();
    } catch (error) {
      this.#log.debug(`${server.name} could not be told: ${messageOf(error)}`);
    }
  }

  /** Tells an upstream that can log from which level on it should. */
  async tellLevel(server: RoutedServer, upstream: UpstreamSession, level: string): Promise<void> {
    if (!Object.hasOwn(upstream.capabilities, 'logging')) return;
    const message = { id: 'gateway-log-level', method: 'logging/setLevel', params: { level } };
    await this.post(server, upstream, jsonBody(message));
  }

  /** The answer is not waited for by the caller of a tool, so it may fail unseen: updates then do not come. */
  async subscribe(server: RoutedServer, upstream: UpstreamSession, uri: string): Promise<void> {
    const message = { id: `gateway-subscribe ${uri}`, method: 'resources/subscribe', params: { uri } };
    await this.post(server, upstream, jsonBody(message));
  }

  /** Best effort: an upstream that cannot be told forgets the session by itself. */
  async end(server: RoutedServer, upstream: UpstreamSession): Promise<void> {
    if (upstream.sessionId === undefined) return;
    try {
      const signal = AbortSignal.timeout(CLOSE_WITHIN_MS);
      const headers = upstreamHeaders(upstream);
      const answer = await this.client.request(server, { method: 'DELETE', headers, signal });
      await answer.body.dump();
    } catch (error) {
      this.#log.debug(`A session with ${server.name} could not be ended: ${messageOf(error)}`);
    }
  }
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
  const message = parsed(response.bytes);
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

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function refused(server: RoutedServer, how: string): AppError {
  return new AppError(
    'upstream_failed',
    'gateway.upstream_handshake',
    `${server.name} did not open a session: ${how}.`,
  );
}
