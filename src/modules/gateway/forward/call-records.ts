import { Injectable } from '@nestjs/common';
import { AppError } from '../../../kernel/app-error.js';
import type { Caller } from '../../../kernel/caller.js';
import { MCP_ERROR } from '../../../mcp/errors.js';
import { METHODS } from '../../../mcp/methods.js';
import type { Era } from '../../../mcp/versions.js';
import { type AuditEntry, AuditService } from '../../audit/index.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { GatewayMetrics } from '../gateway-metrics.js';
import { stateOf } from '../routing/state-of.js';
import type { UpstreamCall } from '../routing/upstream-state.js';
import { UpstreamStates } from '../routing/upstream-states.js';
import { CallRecord, errorCodeOf } from './call-record.js';

/** What is known of a call before it is sent. */
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

/** Lets calls to upstreams begin: on record first, then within breaker and bulkhead. */
@Injectable()
export class CallRecords {
  constructor(
    private readonly states: UpstreamStates,
    private readonly audit: AuditService,
    private readonly metrics: GatewayMetrics,
  ) {}

  /** @throws AppError `gateway.circuit_open`, `gateway.upstream_busy`, `audit.spool_full`. */
  async begin(caller: Caller, facts: CallFacts): Promise<CallRecord> {
    const { server, method, body } = facts;
    // First, since the audit may refuse the call, and what the breaker refuses is on record too.
    const entry = METHODS.get(method)?.audited === true ? this.#intent(caller, facts) : undefined;
    try {
      return new CallRecord(method, body.length, this.#admit(server), entry, this.audit, this.metrics);
    } catch (error) {
      if (entry) await this.audit.end(entry, { success: false, errorCode: errorCodeOf(error) });
      throw error;
    }
  }

  /** Lets a call go on that was paused. @throws AppError `gateway.circuit_open`, `gateway.upstream_busy`. */
  resume(record: CallRecord, server: RoutedServer): void {
    record.readmitted(this.#admit(server));
  }

  #admit(server: RoutedServer): UpstreamCall {
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

  #intent(caller: Caller, facts: CallFacts): AuditEntry {
    const { server, method, era, body, toolName, definitionHash, argumentsBytes } = facts;
    return this.audit.begin({
      caller,
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
}
