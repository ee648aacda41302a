import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../../kernel/caller.js';
import { LightAbort } from '../../../kernel/light-abort.js';
import { scopeOf } from '../../../kernel/principal.js';
import type { Scope } from '../../../kernel/scope.js';
import { toWireError } from '../../../mcp/errors.js';
import { resultHead, RESULT_TAIL } from '../../../mcp/envelope.js';
import { encodeSseMessage, EVENT_STREAM } from '../../../mcp/sse-encoder.js';
import type { Era } from '../../../mcp/versions.js';
import { NO_ID, type RawId, WireError } from '../../../mcp/wire-error.js';
import { startAnswer } from '../forward/relay.js';
import type { RoutedServer } from '../catalogue/routed-server.js';

/** Which of the endpoints a client talks to: one server under its own names, or all that it may use. */
export type Target = { readonly kind: 'server'; readonly server: RoutedServer } | { readonly kind: 'aggregate' };

/** Up to here one buffer is cheaper than three writes. */
const COPIED_AT_MOST = 16 * 1024;

/** One HTTP exchange with an MCP client, from its first byte to its last. */
export class Exchange {
  readonly scope: Scope;
  /** Aborts when the exchange is over: the client left, or has its answer. */
  readonly signal = new LightAbort();

  constructor(
    readonly request: FastifyRequest,
    readonly reply: FastifyReply,
    readonly caller: Caller,
    readonly target: Target,
  ) {
    this.scope = scopeOf(caller.principal);
    // Also after a complete answer: whatever still runs for this exchange has nobody to run for.
    reply.raw.once('close', () => {
      this.signal.abort(CLIENT_LEFT);
    });
  }

  /** An encoded result (a JSON object) in its JSON-RPC envelope; a long list's bytes are not copied for that. */
  sendResult(id: RawId, result: Buffer, headers: Readonly<Record<string, string>> = {}): void {
    const head = resultHead(id);
    const length = head.length + result.length + RESULT_TAIL.length;
    if (length <= COPIED_AT_MOST) {
      this.sendJson(200, Buffer.concat([head, result, RESULT_TAIL], length), headers);
      return;
    }
    startAnswer(this.reply, 200, { 'content-type': 'application/json', 'content-length': String(length), ...headers });
    const { raw } = this.reply;
    raw.cork();
    raw.write(head);
    raw.write(result);
    raw.end(RESULT_TAIL);
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
    const refusal = error instanceof WireError ? error : toWireError(error, era, id);
    const { raw, sent } = this.reply;
    if (!sent && !raw.headersSent) this.sendError(refusal);
    else if (this.reply.getHeader('content-type') === EVENT_STREAM) raw.end(encodeSseMessage(refusal.encode()));
    // Bytes of another body have left: the only clear sign that is left is a broken connection.
    else raw.destroy();
  }

  /** Accepted, nothing to say: notifications and responses. */
  accept(): void {
    void this.reply.code(202).send();
  }
}

export const CLIENT_LEFT = new Error('the client closed the connection');
