import { Logger } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import type { Caller } from '../../../kernel/caller.js';
import { LightAbort } from '../../../kernel/light-abort.js';
import { scopeOf } from '../../../kernel/principal.js';
import type { Scope } from '../../../kernel/scope.js';
import { toWireError } from '../../../mcp/errors.js';
import { resultHead, RESULT_TAIL } from '../../../mcp/envelope.js';
import { encodeSseMessage, EVENT_STREAM } from '../../../mcp/sse-encoder.js';
import type { Era } from '../../../mcp/versions.js';
import { NO_ID, type RawId, WireError } from '../../../mcp/wire-error.js';
import { JSON_HEADERS } from '../forward/relay.js';
import type { RequestHeaders } from '../../../mcp/modern-headers.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import type { Outlet } from './outlet.js';

/**
 * Which of the endpoints a client talks to: one server under its own names, or all that it may use,
 * their tools in a list or behind a search.
 */
export type Target =
  | { readonly kind: 'server'; readonly server: RoutedServer }
  | { readonly kind: 'aggregate'; readonly tools: 'all' | 'search' };

const log = new Logger('MCP');

/** Up to here one buffer is cheaper than three writes. */
const COPIED_AT_MOST = 16 * 1024;
const NOTHING = Buffer.alloc(0);

/** One exchange with an MCP client, from its first byte to its last. */
export class Exchange {
  readonly scope: Scope;
  /** Aborts when the exchange is over: the client left, or has its answer. */
  readonly signal = new LightAbort();

  constructor(
    readonly headers: RequestHeaders,
    readonly outlet: Outlet,
    readonly caller: Caller,
    /** As the URL has it, until a session is found: that one keeps what it was opened on. */
    public target: Target,
    /** What the client posted, as bytes; empty where it posted nothing. */
    readonly message: Buffer = NOTHING,
  ) {
    this.scope = scopeOf(caller.principal);
    // Also after a complete answer: whatever still runs for this exchange has nobody to run for.
    outlet.onClose(() => this.signal.abort(CLIENT_LEFT));
  }

  /** The client withdrew its request: whatever runs for it stops, and no answer is sent (2025-11-25, Cancellation). */
  cancel(): void {
    this.signal.abort(CANCELLED);
  }

  /** Whatever runs for it stops, and the client hears why. */
  end(reason: AppError): void {
    this.signal.abort(reason);
  }

  /** An encoded result (a JSON object) in its JSON-RPC envelope; a long list's bytes are not copied for that. */
  sendResult(id: RawId, result: Buffer, headers: Readonly<Record<string, string>> = {}): void {
    const parts = [resultHead(id), result, RESULT_TAIL];
    const body = result.length > COPIED_AT_MOST ? parts : Buffer.concat(parts);
    this.outlet.send(200, { ...JSON_HEADERS, ...headers }, body);
  }

  sendError(error: WireError): void {
    const retryAfter: Record<string, string> =
      error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) };
    this.outlet.send(error.httpStatus, { ...JSON_HEADERS, ...retryAfter }, error.encode());
  }

  /** Anything that was thrown, as this client may see it. */
  fail(thrown: unknown, era: Era, id: RawId = NO_ID): void {
    const error = this.signal.reason instanceof AppError ? this.signal.reason : thrown;
    if (this.signal.reason === CANCELLED) {
      if (this.outlet.started) this.outlet.end();
      else this.accept();
      return;
    }
    if (!(error instanceof AppError || error instanceof WireError || error === CLIENT_LEFT)) log.error(error);
    const refusal = error instanceof WireError ? error : toWireError(error, era, id);
    const { outlet } = this;
    if (!outlet.started) this.sendError(refusal);
    else if (outlet.contentType === EVENT_STREAM) outlet.end(encodeSseMessage(refusal.encode()));
    // Bytes of another body have left: the only clear sign that is left is a broken connection.
    else outlet.destroy();
  }

  /** Accepted, nothing to say: notifications and responses. */
  accept(): void {
    this.outlet.send(202, {});
  }
}

const CANCELLED = new Error('the client cancelled the request');
export const CLIENT_LEFT = new Error('the client closed the connection');
