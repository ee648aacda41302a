import { Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import { ownMember } from '../../../mcp/json-record.js';
import {
  addModernHeaders,
  checkModernRequest,
  checkParamHeaders,
  type RequestHeaders,
} from '../../../mcp/modern-headers.js';
import { addParamHeaders } from '../../../mcp/param-headers.js';
import { ParsedBody } from '../../../mcp/parse-body.js';
import { FIRST_MODERN_VERSION } from '../../../mcp/versions.js';
import { ModernToLegacy } from '../bridge/modern-to-legacy/modern-to-legacy.js';
import { Forwarder } from '../forward/forwarder.js';
import { postHeaders } from '../forward/upstream-exchange.js';
import { discoverResult } from '../own-answers.js';
import { ListenStreams } from '../streams/listen-streams.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { RouteTable } from '../catalogue/route-table.js';
import { Addressing } from './addressing.js';
import type { Exchange } from './exchange.js';
import { ListAnswers } from './list-answers.js';
import { SearchTools } from './search-tools.js';

/** Revision 2026-07-28: stateless, each request for itself. */
@Injectable()
export class ModernHandler {
  constructor(
    private readonly routes: RouteTable,
    private readonly listAnswers: ListAnswers,
    private readonly searchTools: SearchTools,
    private readonly addressing: Addressing,
    private readonly forwarder: Forwarder,
    private readonly bridge: ModernToLegacy,
    private readonly listenStreams: ListenStreams,
  ) {}

  async request(exchange: Exchange, body: ParsedBody): Promise<void> {
    const fault = checkModernRequest(body, exchange.headers);
    if (fault) {
      exchange.sendError(fault);
      return;
    }
    const field = this.listAnswers.fieldOf(body.method);
    if (field) {
      exchange.sendResult(body.rawId, await this.listAnswers.result(exchange, body, field, 'modern'));
    } else if (body.method === 'server/discover') {
      const { target, scope } = exchange;
      const servers = target.kind === 'server' ? [target.server] : this.routes.visible(scope);
      exchange.sendResult(body.rawId, discoverResult(target, servers));
    } else if (body.method === 'subscriptions/listen') {
      await this.listenStreams.open(exchange, body);
    } else {
      const call = await this.searchTools.resolve(exchange, body, 'modern');
      if (call instanceof ParsedBody) await this.#forward(exchange, call, call === body);
      else exchange.sendResult(body.rawId, call);
    }
  }

  /** `own`: the client wrote this call, and the headers that belong to it. */
  async #forward(exchange: Exchange, body: ParsedBody, own: boolean): Promise<void> {
    const addressed = await this.addressing.address(exchange, body);
    const { server, name, paramHeaders = [] } = addressed;
    const fault = own ? checkParamHeaders(body, paramHeaders, exchange.headers) : undefined;
    if (fault) {
      exchange.sendError(fault);
      return;
    }
    if (server.eras.modern === undefined && speaksLegacy(server)) {
      await this.bridge.forward(exchange, body, addressed);
      return;
    }
    const headers = postHeaders();
    if (!own) addParamHeaders(headers, paramHeaders, ownMember(body.params, 'arguments'));
    // A tool that is known to declare none needs no look at every header.
    else if (addressed.paramHeaders?.length !== 0) copyParamHeaders(headers, exchange.headers);
    addModernHeaders(headers, modernVersionOf(server), body.method, name);
    await this.forwarder.forward(exchange, {
      server,
      body: addressed.body,
      toolName: addressed.toolName,
      definitionHash: addressed.definitionHash,
      era: 'modern',
      method: body.method,
      rawId: body.rawId,
      argumentsBytes: body.argumentsBytes,
      passage: { headers },
    });
  }
}

/** The client's own `Mcp-Param-*` headers were checked against its body, and go along. */
function copyParamHeaders(into: Record<string, string>, headers: RequestHeaders): void {
  for (const key in headers) {
    const value = key.startsWith('mcp-param-') ? headers[key] : undefined;
    if (typeof value === 'string') into[key] = value;
  }
}

function speaksLegacy({ eras }: RoutedServer): boolean {
  return eras.legacy !== undefined && eras.legacy.length > 0;
}

/** @throws AppError `gateway.not_probed`. */
function modernVersionOf(server: RoutedServer): string {
  if (server.eras.modern !== undefined) return FIRST_MODERN_VERSION;
  throw new AppError('unavailable', 'gateway.not_probed', `${server.name} has not been read yet: probe it first.`);
}
