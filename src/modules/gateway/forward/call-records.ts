import { Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import { MCP_ERROR } from '../../../mcp/errors.js';
import { METHODS } from '../../../mcp/methods.js';
import { RPC } from '../../../mcp/rpc-codes.js';
import type { Era } from '../../../mcp/versions.js';
import { type AuditEntry, AuditService } from '../../audit/index.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { CLIENT_LEFT, type Exchange } from '../endpoint/exchange.js';
import { type CallOutcome, GatewayMetrics } from '../gateway-metrics.js';
import { stateOf } from '../routing/state-of.js';
import type { UpstreamCall } from '../routing/upstream-state.js';
import { UpstreamStates } from '../routing/upstream-states.js';

/** A client's request to one upstream, as it goes on record. */
export interface CallFacts {
  readonly server: RoutedServer;
  /** The client's. */
  readonly era: Era;
  readonly method: string;
  readonly body: Buffer;
  /** For the audit: what is called, under the server's own name. */
  readonly toolName?: string;
  readonly definitionHash?: string;
  readonly argumentsBytes: Buffer | undefined;
}

/** What a JSON-RPC answer says of its call. */
export interface AnsweredFacts {
  readonly hasError: boolean;
  /** A tool's own failure. */
  readonly isError: boolean;
  readonly errorCode?: number | undefined;
}

/** JSON-RPC errors that are the server's own fault; the others are the caller's. */
const SERVER_FAULTS: ReadonlySet<number> = new Set([RPC.internalError]);

/** What surrounds each call to an upstream: the audit, the breaker, the bound of calls in flight, the metrics. */
@Injectable()
export class CallRecords {
  constructor(
    private readonly states: UpstreamStates,
    private readonly audit: AuditService,
    private readonly metrics: GatewayMetrics,
  ) {}

  /** Before anything else, since the audit may refuse the call, and what the breaker refuses is on record too. */
  begin(exchange: Exchange, facts: CallFacts): CallRecord {
    return new CallRecord(this.states, this.audit, this.metrics, exchange, facts);
  }
}

/** One call of a client. It is ended once, by {@link answered} or {@link failed}; later ends do nothing. */
export class CallRecord {
  readonly #startedMs = performance.now();
  readonly #entry: AuditEntry | undefined;
  #admitted = false;
  #ended = false;

  constructor(
    private readonly states: UpstreamStates,
    private readonly audit: AuditService,
    private readonly metrics: GatewayMetrics,
    private readonly exchange: Exchange,
    private readonly facts: CallFacts,
  ) {
    const { server, method, era, body, toolName, definitionHash, argumentsBytes } = facts;
    if (METHODS.get(method)?.audited !== true) return;
    this.#entry = this.audit.begin({
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

  /** Lets one request to the upstream begin. @throws AppError `gateway.circuit_open`, `gateway.upstream_busy`. */
  admit(): UpstreamCall {
    const { server } = this.facts;
    const call = stateOf(this.states, server).begin();
    if (!('reason' in call)) {
      this.#admitted = true;
      return call;
    }
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

  /** Ends a request to the upstream that failed with `error`. */
  broke(call: UpstreamCall, error: unknown): void {
    if (this.#left(error) || isBlameless(error)) call.cancel();
    else call.fail();
  }

  /** @param response undefined: the stream ended without one, and its client resumes it. */
  async answered(response: AnsweredFacts | undefined, bytes: number): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const { method, body } = this.facts;
    this.metrics.called(method, outcomeOf(response), this.#startedMs, body.length, bytes);
    if (!this.#entry) return;
    const success = response !== undefined && !response.hasError && !response.isError;
    const errorCode = response?.errorCode;
    await this.audit.end(this.#entry, {
      success,
      ...(success
        ? {}
        : { errorCode: errorCode === undefined ? (response ? 'tool_error' : 'no_answer') : String(errorCode) }),
      responseBytes: bytes,
    });
  }

  async failed(error: unknown): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const left = this.#left(error);
    const { method, body } = this.facts;
    if (this.#admitted) this.metrics.called(method, left ? 'client_left' : 'failed', this.#startedMs, body.length, 0);
    if (this.#entry) {
      await this.audit.end(this.#entry, { success: false, errorCode: left ? 'client_left' : codeOf(error) });
    }
  }

  #left(error: unknown): boolean {
    return this.exchange.signal.aborted || error === CLIENT_LEFT;
  }
}

/** Ends a request to the upstream that was answered, with an error of this code or without one. */
export function settle(call: UpstreamCall, errorCode: number | undefined): void {
  if (errorCode !== undefined && SERVER_FAULTS.has(errorCode)) call.fail();
  else call.succeed();
}

/** Refusals of our own say nothing about the upstream. */
function isBlameless(error: unknown): boolean {
  return error instanceof AppError && error.kind !== 'upstream_failed' && error.kind !== 'upstream_timeout';
}

function outcomeOf(response: AnsweredFacts | undefined): CallOutcome {
  if (!response) return 'failed';
  if (response.hasError) return 'rpc_error';
  return response.isError ? 'tool_error' : 'ok';
}

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : 'internal';
}
