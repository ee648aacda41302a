import { Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import { addModernHeaders, checkModernRequest, checkParamHeaders } from '../../../mcp/modern-headers.js';
import type { ParsedBody } from '../../../mcp/parse-body.js';
import { FIRST_MODERN_VERSION } from '../../../mcp/versions.js';
import { Forwarder } from '../forward/forwarder.js';
import { POST_HEADERS } from '../forward/upstream-exchange.js';
import { discoverResult } from '../own-answers.js';
import { ListenStreams } from '../streams/listen-streams.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { RouteTable } from '../catalogue/route-table.js';
import { Addressing } from './addressing.js';
import type { Exchange } from './exchange.js';
import { ListAnswers } from './list-answers.js';

/** Revision 2026-07-28: stateless, each request for itself. */
@Injectable()
export class ModernHandler {
  constructor(
    private readonly routes: RouteTable,
    private readonly listAnswers: ListAnswers,
    private readonly addressing: Addressing,
    private readonly forwarder: Forwarder,
    private readonly listenStreams: ListenStreams,
  ) {}

  async request(exchange: Exchange, body: ParsedBody): Promise<void> {
    const fault = checkModernRequest(body, exchange.request.headers);
    if (fault) {
      exchange.sendError(fault);
      return;
    }
    const field = this.listAnswers.fieldOf(body.method);
    if (field) {
      exchange.sendResult(body.rawId, await this.listAnswers.result(exchange, body, field, 'modern'));
    } else if (body.method === 'server/discover') {
      const { target } = exchange;
      const aggregate = target.kind === 'aggregate';
      const servers = aggregate ? this.routes.visible(exchange.scope) : [target.server];
      exchange.sendResult(body.rawId, discoverResult(servers, aggregate));
    } else if (body.method === 'subscriptions/listen') {
      await this.listenStreams.open(exchange, body);
    } else {
      await this.#forward(exchange, body);
    }
  }

  async #forward(exchange: Exchange, body: ParsedBody): Promise<void> {
    const addressed = await this.addressing.address(exchange, body);
    const { server, name, paramHeaders = [] } = addressed;
    const fault = checkParamHeaders(body, paramHeaders, exchange.request.headers);
    if (fault) {
      exchange.sendError(fault);
      return;
    }
    await this.forwarder.forward(exchange, {
      ...addressed,
      era: 'modern',
      method: body.method,
      argumentsBytes: body.argumentsBytes,
      headers: modernHeaders(exchange, modernVersionOf(server), body.method, name),
    });
  }
}

/** The client's own `Mcp-Param-*` headers were checked against its body, and go along. */
function modernHeaders(
  exchange: Exchange,
  version: string,
  method: string,
  name: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = { ...POST_HEADERS };
  for (const [key, value] of Object.entries(exchange.request.headers)) {
    if (key.startsWith('mcp-param-') && typeof value === 'string') headers[key] = value;
  }
  addModernHeaders(headers, version, method, name);
  return headers;
}

/** @throws AppError `gateway.era_unavailable`: eras are not translated into each other yet. */
export function modernVersionOf(server: RoutedServer): string {
  if (server.eras.modern !== undefined) return FIRST_MODERN_VERSION;
  throw new AppError(
    'unprocessable',
    'gateway.era_unavailable',
    `${server.name} speaks only earlier revisions of MCP (${server.eras.legacy?.join(', ') ?? 'none known'}): connect with one of those.`,
  );
}
