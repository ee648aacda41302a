import { Injectable } from '@nestjs/common';
import { egressErrorOf, isConnectionError } from '../../../egress/egress-errors.js';
import { AppError } from '../../../kernel/app-error.js';
import { MCP_ERROR } from '../../../mcp/errors.js';
import { METHODS } from '../../../mcp/methods.js';
import { RPC } from '../../../mcp/rpc-codes.js';
import type { Era } from '../../../mcp/versions.js';
import { AuditService, type AuditEntry } from '../../audit/index.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { CLIENT_LEFT, type Exchange } from '../endpoint/exchange.js';
import { type CallOutcome, GatewayMetrics } from '../gateway-metrics.js';
import type { UpstreamCall } from '../routing/upstream-state.js';
import { stateOf } from '../routing/state-of.js';
import { UpstreamStates } from '../routing/upstream-states.js';
import { type AnswerFacts, isEventStream, relayEvents, relayJson, type Rewrite } from './relay.js';
import { UpstreamClient } from './upstream-client.js';
import type { UpstreamAnswer } from './upstream-exchange.js';

/** A client's request on its way to one upstream. */
export interface Forwarding {
  readonly server: RoutedServer;
  readonly era: Era;
  readonly method: string;
  /** The request's id, as JSON text. */
  readonly rawId: string;
  readonly body: Buffer;
  /** A session that has to be opened first is opened within the breaker and the bound of calls in flight. */
  readonly passage: Passage | (() => Promise<Passage>);
  /** For the audit: what is called, under the server's own name. */
  readonly toolName?: string;
  readonly definitionHash?: string;
  readonly argumentsBytes: Buffer | undefined;
  /** What becomes of the messages before the answer, on its stream. */
  readonly rewrite?: Rewrite;
}

/** The way to an upstream. */
export interface Passage {
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Whether this answer says that the upstream forgot our session: the one case in which the request
   * is sent again, once. Yields the headers for that.
   */
  readonly renew?: (answer: UpstreamAnswer) => Promise<Renewal>;
}

/** The answer that stands, or the headers with which the request goes again. */
export type Renewal = { readonly answer: UpstreamAnswer } | { readonly headers: Readonly<Record<string, string>> };

/** JSON-RPC errors that are the server's own fault; the others are the caller's. */
const SERVER_FAULTS: ReadonlySet<number> = new Set([RPC.internalError]);

/** Sends a request to its upstream, once, and its answer back: breaker, bulkhead, audit, relay. */
@Injectable()
export class Forwarder {
  constructor(
    private readonly states: UpstreamStates,
    private readonly client: UpstreamClient,
    private readonly audit: AuditService,
    private readonly metrics: GatewayMetrics,
  ) {}

  /** @throws AppError when nothing was sent to the client yet. */
  async forward(exchange: Exchange, forwarding: Forwarding): Promise<void> {
    const { server, method, body } = forwarding;
    const startedMs = performance.now();
    // First, since the audit may refuse the call, and what the breaker refuses is on record too.
    const entry = METHODS.get(method)?.audited === true ? this.#intent(exchange, forwarding) : undefined;
    const call = await this.#admit(server, entry);
    try {
      const answer = await this.#send(exchange, forwarding);
      await this.#relay(exchange, forwarding, answer, call, entry, startedMs);
    } catch (error) {
      const left = exchange.signal.aborted || error === CLIENT_LEFT;
      this.metrics.called(method, left ? 'client_left' : 'failed', startedMs, body.length, 0);
      if (left || isBlameless(error)) call.cancel();
      else call.fail();
      if (entry) await this.audit.end(entry, { success: false, errorCode: left ? 'client_left' : codeOf(error) });
      throw error;
    }
  }

  async #admit(server: RoutedServer, entry: AuditEntry | undefined): Promise<UpstreamCall> {
    try {
      return this.#begin(server);
    } catch (error) {
      if (entry) await this.audit.end(entry, { success: false, errorCode: codeOf(error) });
      throw error;
    }
  }

  /** @throws AppError `gateway.circuit_open`, `gateway.upstream_busy`. */
  #begin(server: RoutedServer): UpstreamCall {
    const call = stateOf(this.states, server).begin();
    if (!('reason' in call)) return call;
    const retryAfterSeconds = call.retryAfterMs / 1000;
    throw call.reason === 'open'
      ? new AppError(
          'unavailable',
          MCP_ERROR.circuitOpen,
          `${server.name} keeps failing and is given a rest; try again later.`,
          { retryAfterSeconds },
        )
      : new AppError('unavailable', MCP_ERROR.upstreamBusy, `${server.name} has too many calls in flight; try again.`, {
          retryAfterSeconds,
        });
  }

  #intent(exchange: Exchange, forwarding: Forwarding): AuditEntry {
    const { server, method, era, body, toolName, definitionHash, argumentsBytes } = forwarding;
    return this.audit.begin({
      caller: exchange.caller,
      action: method,
      serverId: server.id,
      serverName: server.name,
      ...(toolName === undefined ? {} : { toolName }),
      ...(definitionHash === undefined ? {} : { definitionHash }),
      argumentsBytes,
      requestBytes: body.length,
      era,
    });
  }

  async #send(exchange: Exchange, { server, body, passage }: Forwarding): Promise<UpstreamAnswer> {
    const { headers, renew } = typeof passage === 'function' ? await passage() : passage;
    const send = (with_: Readonly<Record<string, string>>): Promise<UpstreamAnswer> =>
      this.client.request(server, { method: 'POST', body, headers: with_, signal: exchange.signal });
    const answer = await send(headers);
    if (!renew) return answer;
    const renewal = await renew(answer);
    return 'headers' in renewal ? send(renewal.headers) : renewal.answer;
  }

  async #relay(
    exchange: Exchange,
    forwarding: Forwarding,
    answer: UpstreamAnswer,
    call: UpstreamCall,
    entry: AuditEntry | undefined,
    startedMs: number,
  ): Promise<void> {
    await refuseUnusable(answer, forwarding);
    const beforeLast = async ({ response, bytes }: AnswerFacts): Promise<void> => {
      const errorCode = response?.errorCode;
      if (errorCode !== undefined && SERVER_FAULTS.has(errorCode)) call.fail();
      else call.succeed();
      this.metrics.called(forwarding.method, outcomeOf(response), startedMs, forwarding.body.length, bytes);
      if (!entry) return;
      const success = response !== undefined && !response.hasError && !response.isError;
      await this.audit.end(entry, {
        success,
        ...(success
          ? {}
          : { errorCode: errorCode === undefined ? (response ? 'tool_error' : 'no_answer') : String(errorCode) }),
        responseBytes: bytes,
      });
    };
    try {
      const { rawId, rewrite } = forwarding;
      await (isEventStream(answer) ? relayEvents : relayJson)(answer, exchange.outlet, { rawId, beforeLast, rewrite });
    } catch (error) {
      throw isConnectionError(error) ? egressErrorOf(error, new URL(forwarding.server.url).host) : error;
    }
  }
}

/**
 * What is no answer to the client's question becomes our own error: the upstream's challenge is
 * about our credentials, its 5xx about itself.
 * @throws AppError `gateway.upstream_*`.
 */
async function refuseUnusable(answer: UpstreamAnswer, { server, era }: Forwarding): Promise<void> {
  const { statusCode } = answer;
  const modernRefusal = era === 'modern' && (statusCode === 400 || statusCode === 404);
  const json = String(answer.headers['content-type'] ?? '').startsWith('application/json');
  if (statusCode === 200 || (json && (modernRefusal || statusCode === 400))) return;
  await answer.body.dump();
  if (statusCode === 401 || statusCode === 403) {
    throw new AppError(
      'upstream_failed',
      'gateway.upstream_unauthorized',
      `${server.name} refused the gateway's credentials (HTTP ${String(statusCode)}).`,
    );
  }
  throw new AppError(
    'upstream_failed',
    'gateway.upstream_status',
    `${server.name} answered with HTTP ${String(statusCode)}.`,
  );
}

/** Refusals of our own say nothing about the upstream. */
function isBlameless(error: unknown): boolean {
  return error instanceof AppError && error.kind !== 'upstream_failed' && error.kind !== 'upstream_timeout';
}

function outcomeOf(response: AnswerFacts['response']): CallOutcome {
  if (!response) return 'failed';
  if (response.hasError) return 'rpc_error';
  return response.isError ? 'tool_error' : 'ok';
}

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : 'internal';
}
