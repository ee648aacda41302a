import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../../kernel/caller.js';
import { scopeOf } from '../../../kernel/principal.js';
import type { Scope } from '../../../kernel/scope.js';
import { toWireError } from '../../../mcp/errors.js';
import { resultHead, RESULT_TAIL } from '../../../mcp/envelope.js';
import type { Era } from '../../../mcp/versions.js';
import { NO_ID, type RawId, WireError } from '../../../mcp/wire-error.js';
import type { RoutedServer } from '../catalogue/routed-server.js';

/**
 * Which of the endpoints a client talks to: one server under its own names, or all that it may use,
 * their tools in a list or behind a search.
 */
export type Target =
  | { readonly kind: 'server'; readonly server: RoutedServer }
  | { readonly kind: 'aggregate'; readonly tools: 'all' | 'search' };

/** One HTTP exchange with an MCP client, from its first byte to its last. */
export class Exchange {
  readonly scope: Scope;
  readonly #aborted = new AbortController();

  constructor(
    readonly request: FastifyRequest,
    readonly reply: FastifyReply,
    readonly caller: Caller,
    /** As the URL has it, until a session is found: that one keeps what it was opened on. */
    public target: Target,
  ) {
    this.scope = scopeOf(caller.principal);
    // Also after a complete answer: whatever still runs for this exchange has nobody to run for.
    reply.raw.once('close', () => {
      this.#aborted.abort(CLIENT_LEFT);
    });
  }

  /** Aborts when the exchange is over: the client left, or has its answer. */
  get signal(): AbortSignal {
    return this.#aborted.signal;
  }

  /** An encoded result (a JSON object) in its JSON-RPC envelope; the list's bytes are not copied when it is long. */
  sendResult(id: RawId, result: Buffer, headers: Readonly<Record<string, string>> = {}): void {
    const head = resultHead(id);
    this.sendJson(200, Buffer.concat([head, result, RESULT_TAIL], head.length + result.length + 1), headers);
  }

  sendJson(status: number, body: Buffer, headers: Readonly<Record<string, string>> = {}): void {
    void this.reply
      .code(status)
      .headers({ 'content-type': 'application/json', ...headers })
      .send(body);
  }

  sendError(error: WireError): void {
    const retryAfter: Record<string, string> =
      error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) };
    this.sendJson(error.httpStatus, error.encode(), retryAfter);
  }

  /** Anything that was thrown, as this client may see it. */
  fail(error: unknown, era: Era, id: RawId = NO_ID): void {
    if (this.reply.sent || this.reply.raw.headersSent) {
      // Bytes have left: the only clear sign that is left is a broken connection.
      this.reply.raw.destroy();
      return;
    }
    this.sendError(error instanceof WireError ? error : toWireError(error, era, id));
  }

  /** Accepted, nothing to say: notifications and responses. */
  accept(): void {
    void this.reply.code(202).send();
  }
}

export const CLIENT_LEFT = new Error('the client closed the connection');
