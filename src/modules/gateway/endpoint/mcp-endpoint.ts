import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../../kernel/app-error.js';
import type { Caller } from '../../../kernel/caller.js';
import { scopeOf } from '../../../kernel/principal.js';
import { classify } from '../../../mcp/classify.js';
import { toWireError } from '../../../mcp/errors.js';
import { parseBody } from '../../../mcp/parse-body.js';
import { RPC } from '../../../mcp/rpc-codes.js';
import { WireError } from '../../../mcp/wire-error.js';
import { RouteTable } from '../catalogue/route-table.js';
import { LegacyStreams } from '../streams/legacy-streams.js';
import { Exchange, type Target } from './exchange.js';
import { HttpOutlet } from './http-outlet.js';
import { LegacyHandler } from './legacy.handler.js';
import { ModernHandler } from './modern.handler.js';

interface RouteParameters {
  readonly namespace?: string;
  readonly name?: string;
}

/** Every MCP request, from its target to its era. */
@Injectable()
export class McpEndpoint {
  constructor(
    private readonly routes: RouteTable,
    private readonly modern: ModernHandler,
    private readonly legacy: LegacyHandler,
    private readonly legacyStreams: LegacyStreams,
  ) {}

  async post(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<void> {
    const exchange = this.#exchange(request, reply, caller);
    if (exchange) await this.message(exchange);
  }

  /** What a client posted, here or at another replica. Does not throw. */
  async message(exchange: Exchange): Promise<void> {
    const body = parseBody(exchange.message);
    if (body instanceof WireError) {
      exchange.sendError(body);
      return;
    }
    const version = exchange.headers['mcp-protocol-version'];
    const message = classify(body, typeof version === 'string' ? version : undefined);
    if (message instanceof WireError) {
      exchange.sendError(message);
      return;
    }
    try {
      if (message.era === 'modern') {
        // A modern notification asks for nothing: closing the stream is the cancellation.
        if (message.kind === 'request') await this.modern.request(exchange, body);
        else exchange.accept();
      } else {
        await this.legacy[message.kind](exchange, body);
      }
    } catch (error) {
      exchange.fail(error, message.era, message.kind === 'request' ? body.rawId : undefined);
    }
  }

  /** The stream on which a legacy session hears from its servers. */
  async get(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<void> {
    const exchange = this.#exchange(request, reply, caller);
    if (!exchange) return;
    try {
      const accept = request.headers.accept ?? '';
      if (!accept.includes('text/event-stream') && !accept.includes('*/*')) {
        throw new AppError(
          'method_not_allowed',
          'mcp.no_stream',
          'GET opens an event stream: accept text/event-stream. MCP messages are POSTed.',
        );
      }
      await this.legacyStreams.open(exchange, await this.legacy.session(exchange));
    } catch (error) {
      exchange.fail(error, 'legacy');
    }
  }

  async delete(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<void> {
    const exchange = this.#exchange(request, reply, caller);
    if (!exchange) return;
    try {
      await this.legacy.delete(exchange);
    } catch (error) {
      exchange.fail(error, 'legacy');
    }
  }

  #exchange(request: FastifyRequest, reply: FastifyReply, caller: Caller): Exchange | undefined {
    try {
      const message = Buffer.isBuffer(request.body) ? request.body : undefined;
      return new Exchange(request.headers, new HttpOutlet(reply), caller, this.#target(request, caller), message);
    } catch (error) {
      const refusal = error instanceof WireError ? error : toWireError(error, 'legacy');
      void reply.code(refusal.httpStatus).header('content-type', 'application/json').send(refusal.encode());
      return undefined;
    }
  }

  /** @throws WireError 404 for a server that is not there or may not be seen, 409 for ambiguous plain names. */
  #target(request: FastifyRequest, { principal }: Caller): Target {
    const { namespace, name } = request.params as RouteParameters;
    const scope = scopeOf(principal);
    if (name !== undefined) {
      const full = namespace === undefined ? name : `${namespace}/${name}`;
      const server = this.routes.byName(scope, full);
      if (server) return { kind: 'server', server };
      throw new WireError(404, RPC.invalidRequest, `There is no server ${full}, or you may not use it.`);
    }
    const { names, tools } = request.query as { readonly names?: unknown; readonly tools?: unknown };
    const aggregate = { kind: 'aggregate', tools: tools === 'search' ? 'search' : 'all' } as const;
    if (names !== 'plain') return aggregate;
    const [only, ...others] = this.routes.visible(scope);
    if (others.length > 0) {
      throw new WireError(
        409,
        RPC.conflict,
        'names=plain needs that exactly one server is visible: use /mcp/servers/{name}.',
      );
    }
    return only ? { kind: 'server', server: only } : aggregate;
  }
}
