import { AppError } from '../../../kernel/app-error.js';
import { RPC } from '../../../mcp/rpc-codes.js';
import type { AuditEntry, AuditService } from '../../audit/index.js';
import type { CallOutcome, GatewayMetrics } from '../gateway-metrics.js';
import type { UpstreamCall } from '../routing/upstream-state.js';

/** How a JSON-RPC answer came out. */
export interface AnswerOutcome {
  readonly hasError: boolean;
  readonly errorCode: number | undefined;
  /** A tool's own error. */
  readonly isError: boolean;
}

/** JSON-RPC errors that are the server's own fault; the others are the caller's. */
const SERVER_FAULTS: ReadonlySet<number> = new Set([RPC.internalError]);

/** One call under way: it is settled once, with the breaker, the bulkhead, the metrics and the audit. */
export class CallRecord {
  #startedMs = performance.now();
  #wasSuspended = false;

  constructor(
    private readonly method: string,
    private readonly requestBytes: number,
    private call: UpstreamCall,
    private readonly entry: AuditEntry | undefined,
    private readonly audit: AuditService,
    private readonly metrics: GatewayMetrics,
  ) {}

  /** The client was asked something: the call goes on, and keeps its place at the server. */
  suspended(): void {
    this.#wasSuspended = true;
    this.metrics.called(this.method, 'input_required', this.#startedMs, this.requestBytes, 0);
  }

  resumed(): void {
    this.#startedMs = performance.now();
  }

  /** The server has done its part for now, and may serve others; {@link readmitted} before it is asked again. */
  released(): void {
    this.call.succeed();
  }

  readmitted(call: UpstreamCall): void {
    this.call = call;
  }

  /** Before the answer's last byte. `undefined`: the server's stream ended without an answer, and may be resumed. */
  async answered(answer: AnswerOutcome | undefined, responseBytes: number): Promise<void> {
    const errorCode = answer?.errorCode;
    if (errorCode !== undefined && SERVER_FAULTS.has(errorCode)) this.call.fail();
    // How long a person took says nothing of the server.
    else if (this.#wasSuspended) this.call.cancel();
    else this.call.succeed();
    this.metrics.called(this.method, outcomeOf(answer), this.#startedMs, this.requestBytes, responseBytes);
    if (!this.entry) return;
    const success = answer !== undefined && !answer.hasError && !answer.isError;
    await this.audit.end(this.entry, {
      success,
      ...(success
        ? {}
        : { errorCode: errorCode === undefined ? (answer ? 'tool_error' : 'no_answer') : String(errorCode) }),
      responseBytes,
    });
  }

  /** @param left the client is not there any more, which says nothing about the server. */
  async failed(error: unknown, left: boolean): Promise<void> {
    this.metrics.called(this.method, left ? 'client_left' : 'failed', this.#startedMs, this.requestBytes, 0);
    if (left || isBlameless(error)) this.call.cancel();
    else this.call.fail();
    if (this.entry) {
      await this.audit.end(this.entry, { success: false, errorCode: left ? 'client_left' : errorCodeOf(error) });
    }
  }
}

export function errorCodeOf(error: unknown): string {
  return error instanceof AppError ? error.code : 'internal';
}

/** Refusals of our own say nothing about the upstream. */
function isBlameless(error: unknown): boolean {
  return error instanceof AppError && error.kind !== 'upstream_failed' && error.kind !== 'upstream_timeout';
}

function outcomeOf(answer: AnswerOutcome | undefined): CallOutcome {
  if (!answer) return 'failed';
  if (answer.hasError) return 'rpc_error';
  return answer.isError ? 'tool_error' : 'ok';
}
