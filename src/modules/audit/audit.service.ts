import { Inject, Injectable } from '@nestjs/common';
import { Secrets } from '../../config/secrets.js';
import { AppError } from '../../kernel/app-error.js';
import { Clock } from '../../kernel/clock.js';
import { uuidv7 } from '../../kernel/uuid.js';
import { KeyedDigest } from './arguments/keyed-digest.js';
import { redactArguments } from './arguments/redact.js';
import type { AuditEntry, AuditIntent, AuditOutcome } from './audit-event.js';
import { AUDIT_OPTIONS, type AuditOptions } from './audit-settings.js';
import { SpoolHost } from './spool-host.js';

const ARGUMENTS_PURPOSE = 'audit arguments';
const RETRY_AFTER_SECONDS = 5;
const NOT_RECORDED: Promise<void> = Promise.resolve();

/**
 * Who did what. `begin` before the effect, `end` before the answer: when `end` resolves, the event is as durable
 * as configured. It is in `mcp_audit_log` a moment later, or once the database is back.
 */
@Injectable()
export class AuditService {
  readonly #digest: KeyedDigest;
  readonly #redacts: boolean;
  readonly #strict: boolean;

  constructor(
    private readonly host: SpoolHost,
    private readonly clock: Clock,
    secrets: Secrets,
    @Inject(AUDIT_OPTIONS) options: AuditOptions,
  ) {
    const [key = Buffer.alloc(0)] = secrets.derive(ARGUMENTS_PURPOSE);
    this.#digest = new KeyedDigest(key);
    this.#redacts = options.arguments === 'redacted';
    this.#strict = options.whenFull === 'strict';
  }

  /**
   * The intent survives the process from the end of this turn of the event loop.
   * @throws AppError `audit.spool_full` when nothing can be recorded and `AUDIT_WHEN_FULL=strict`.
   */
  begin(intent: AuditIntent): AuditEntry {
    const { spool } = this.host;
    const atMs = this.clock.nowMs();
    const startedMs = performance.now();
    if (spool.fullness !== undefined) {
      if (this.#strict) throw full();
      spool.lose(atMs);
      return { id: '', startedMs };
    }
    const id = uuidv7();
    const { caller, argumentsBytes } = intent;
    const { principal } = caller;
    spool.begin({
      id,
      atMs,
      tenantId: principal.tenantId,
      userId: principal.subject,
      principalKind: principal.kind,
      clientId: principal.clientId ?? null,
      action: intent.action,
      serverId: intent.serverId ?? null,
      serverName: intent.serverName ?? null,
      toolName: intent.toolName ?? null,
      definitionHash: intent.definitionHash ?? null,
      argumentsHash: argumentsBytes ? this.#digest.hex(argumentsBytes) : null,
      arguments: argumentsBytes && this.#redacts ? redactArguments(argumentsBytes) : null,
      requestBytes: intent.requestBytes ?? null,
      clientIp: caller.clientIp,
      correlationId: caller.correlationId,
      era: intent.era ?? null,
    });
    return { id, startedMs };
  }

  /** Never throws: what the caller asked for has happened. */
  end(entry: AuditEntry, outcome: AuditOutcome): Promise<void> {
    // Of a call that outlives the spool the intent is on disk, and is found as interrupted.
    if (entry.id === '' || this.host.closed) return NOT_RECORDED;
    const durationMs = Math.round((performance.now() - entry.startedMs) * 1000) / 1000;
    return this.host.spool.end(entry.id, durationMs, outcome);
  }

  /** Puts `work` on record, whether it succeeds or fails. */
  async record<T>(
    intent: AuditIntent,
    work: () => Promise<T>,
    describe: (result: T) => Pick<AuditOutcome, 'serverId' | 'serverName'> = () => ({}),
  ): Promise<T> {
    const entry = this.begin(intent);
    try {
      const result = await work();
      await this.end(entry, { success: true, ...describe(result) });
      return result;
    } catch (error) {
      await this.end(entry, { success: false, errorCode: error instanceof AppError ? error.code : 'internal' });
      throw error;
    }
  }
}

function full(): AppError {
  return new AppError(
    'unavailable',
    'audit.spool_full',
    'The call cannot be put on record right now, and unrecorded calls are not allowed here. Try again shortly.',
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}
