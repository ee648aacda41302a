import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import { MCP_ERROR } from '../../../mcp/errors.js';
import { methodIn } from '../../../mcp/methods.js';
import { isRecord, ownMember } from '../../../mcp/json-record.js';
import { LOG_LEVELS } from '../../../mcp/log-levels.js';
import { ParsedBody } from '../../../mcp/parse-body.js';
import { LEGACY_VERSION_SET, negotiateLegacyVersion } from '../../../mcp/versions.js';
import { RouteTable } from '../catalogue/route-table.js';
import { initializeResult } from '../own-answers.js';
import { type ClientSession, type SessionEndpoint } from '../sessions/client-session.js';
import { SESSION_STORE, type SessionStore } from '../sessions/session-store.js';
import type { Exchange, Target } from './exchange.js';
import { LegacyCalls } from './legacy-calls.js';
import { ListAnswers } from './list-answers.js';
import { SearchTools } from './search-tools.js';

const EMPTY_RESULT = Buffer.from('{}');

/** Revisions up to 2025-11-25: sessions, and messages in both directions. */
@Injectable()
export class LegacyHandler {
  constructor(
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    private readonly routes: RouteTable,
    private readonly listAnswers: ListAnswers,
    private readonly searchTools: SearchTools,
    private readonly calls: LegacyCalls,
  ) {}

  async request(exchange: Exchange, body: ParsedBody): Promise<void> {
    if (body.method === 'initialize') {
      await this.#initialize(exchange, body);
      return;
    }
    const session = await this.session(exchange);
    const lease = this.store.open(session, 'call');
    if (!lease) throw unknownSession();
    try {
      await this.#answer(exchange, session, body);
    } finally {
      lease.close();
    }
  }

  async notification(exchange: Exchange, body: ParsedBody): Promise<void> {
    const session = await this.session(exchange);
    this.store.touch(session);
    if (body.method !== 'notifications/initialized') await this.calls.notify(exchange, session, body);
    exchange.accept();
  }

  /** A client's answer to what a server asked it. */
  async response(exchange: Exchange, body: ParsedBody): Promise<void> {
    const session = await this.session(exchange);
    this.store.touch(session);
    await this.calls.respond(exchange, session, body);
  }

  async delete(exchange: Exchange): Promise<void> {
    const session = await this.session(exchange);
    await this.store.delete(exchange.caller.principal, session.id);
    exchange.outlet.send(200, {});
  }

  /**
   * The session that the request names.
   * @throws AppError `mcp.session_missing` (400), `mcp.session_unknown` (404), `mcp.bad_version` (400).
   */
  async session(exchange: Exchange): Promise<ClientSession> {
    const { 'mcp-session-id': id, 'mcp-protocol-version': version } = exchange.headers;
    if (typeof id !== 'string' || id === '') {
      throw new AppError(
        'malformed',
        MCP_ERROR.sessionMissing,
        'The Mcp-Session-Id header is missing: send initialize first.',
      );
    }
    if (typeof version === 'string' && !LEGACY_VERSION_SET.has(version)) {
      throw new AppError(
        'malformed',
        'mcp.bad_version',
        `MCP-Protocol-Version ${JSON.stringify(version.slice(0, 40))} is not supported.`,
      );
    }
    const session = await this.store.get(exchange.caller.principal, id);
    if (!session || !sameEndpoint(session.endpoint, exchange.target)) throw unknownSession();
    if (session.endpoint.kind === 'aggregate') exchange.target = session.endpoint;
    return session;
  }

  async #initialize(exchange: Exchange, body: ParsedBody): Promise<void> {
    const { target, scope, caller } = exchange;
    const params = body.params;
    const capabilities = ownMember(params, 'capabilities');
    if (typeof ownMember(params, 'protocolVersion') !== 'string' || !isRecord(capabilities)) {
      throw new AppError(
        'invalid',
        'mcp.invalid_params',
        'Invalid params: initialize needs protocolVersion and capabilities.',
      );
    }
    const clientInfo = ownMember(params, 'clientInfo');
    const protocolVersion = negotiateLegacyVersion(ownMember(params, 'protocolVersion'));
    const session = await this.store.create(caller.principal, {
      protocolVersion,
      clientCapabilities: capabilities,
      clientInfo: isRecord(clientInfo) ? nameAndVersion(clientInfo) : {},
      endpoint: target.kind === 'server' ? { kind: 'server', serverId: target.server.id } : target,
    });
    const servers = target.kind === 'server' ? [target.server] : this.routes.visible(scope);
    exchange.sendResult(body.rawId, initializeResult(target, servers, protocolVersion), {
      'mcp-session-id': session.id,
    });
  }

  async #answer(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
    const field = this.listAnswers.fieldOf(body.method);
    if (field) {
      exchange.sendResult(body.rawId, await this.listAnswers.result(exchange, body, field, 'legacy'));
      return;
    }
    switch (body.method) {
      case 'ping':
        exchange.sendResult(body.rawId, EMPTY_RESULT);
        return;
      case 'logging/setLevel':
        await this.#setLevel(exchange, session, body);
        return;
      default:
        if (methodIn('legacy', body.method)?.kind !== 'request') {
          throw new AppError('not_found', MCP_ERROR.methodNotFound, `Method not found: ${body.method}`);
        }
        await this.#forward(exchange, session, body);
    }
  }

  async #forward(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
    const call = await this.searchTools.resolve(exchange, body, 'legacy');
    if (call instanceof ParsedBody) await this.calls.forward(exchange, session, call);
    else exchange.sendResult(body.rawId, call);
  }

  async #setLevel(exchange: Exchange, session: ClientSession, body: ParsedBody): Promise<void> {
    const level = ownMember(body.params, 'level');
    if (typeof level !== 'string' || !LOG_LEVELS.includes(level)) {
      throw new AppError(
        'invalid',
        'mcp.invalid_params',
        `Invalid params: level must be one of ${LOG_LEVELS.join(', ')}.`,
      );
    }
    await this.store.setLogLevel(session, level);
    await this.calls.setLevel(exchange, session, level);
    exchange.sendResult(body.rawId, EMPTY_RESULT);
  }
}

function sameEndpoint(endpoint: SessionEndpoint, target: Target): boolean {
  return endpoint.kind === 'aggregate'
    ? target.kind === 'aggregate'
    : target.kind === 'server' && target.server.id === endpoint.serverId;
}

function unknownSession(): AppError {
  return new AppError(
    'not_found',
    MCP_ERROR.sessionUnknown,
    'There is no such session (any more): send initialize again.',
  );
}

/** What upstreams may know of the client; icons and the like would only weigh on the session. */
function nameAndVersion(info: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    ['name', 'title', 'version'].flatMap((key) =>
      typeof info[key] === 'string' ? [[key, info[key].slice(0, 500)]] : [],
    ),
  );
}
