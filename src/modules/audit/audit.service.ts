import { Injectable, Logger } from '@nestjs/common';
import { AppError, messageOf } from '../../kernel/app-error.js';
import { Clock } from '../../kernel/clock.js';
import { uuidv7 } from '../../kernel/uuid.js';
import { HealthIndicators } from '../monitoring/index.js';
import type { AuditEntry, AuditIntent, AuditOutcome } from './audit-event.js';
import { AuditRepository, type CompletedEntry } from './audit.repository.js';

interface Waiting extends CompletedEntry {
  readonly written: () => void;
}

const BATCH = 500;
const WAITING_AT_MOST = 50_000;
/** How long an answer waits for its event to be written. */
const PATIENCE_MS = 1000;

/**
 * Who did what. `begin` before the effect, `end` before the answer: when `end` returns, the event is
 * in `mcp_audit_log`, or waits in memory for a database that does not answer. Outcomes that arrive while a batch is being written share the next one.
 */
@Injectable()
export class AuditService {
  readonly #log = new Logger(AuditService.name);
  readonly #waiting: Waiting[] = [];
  #writing = false;
  /** The batch under way has tried the callers' patience: those that come meanwhile do not wait for it. */
  #behind = false;
  #lost = 0;

  constructor(
    private readonly repository: AuditRepository,
    private readonly clock: Clock,
    indicators: HealthIndicators,
  ) {
    indicators.registerIndicator('audit', () =>
      this.#lost === 0
        ? { status: 'healthy' }
        : { status: 'degraded', detail: `${String(this.#lost)} events could not be written since start` },
    );
  }

  begin(intent: AuditIntent): AuditEntry {
    return { id: uuidv7(), at: this.clock.now(), startedMs: performance.now(), intent };
  }

  /** Never throws: what the caller asked for has happened, and a lost event is counted and logged. */
  async end(entry: AuditEntry, outcome: AuditOutcome): Promise<void> {
    if (this.#waiting.length >= WAITING_AT_MOST) {
      this.#lose(1, 'too many events are waiting for the database');
      return;
    }
    const durationMs = performance.now() - entry.startedMs;
    await new Promise<void>((written) => {
      this.#waiting.push({ entry, outcome, durationMs, written });
      if (this.#behind) written();
      if (!this.#writing) void this.#write();
    });
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

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      // A database that is slow or away must not hold back answers for long.
      const patience = setTimeout(() => {
        for (const { written } of batch) written();
        this.#behind = true;
      }, PATIENCE_MS);
      try {
        await this.repository.insert(batch);
      } catch (error) {
        this.#lose(batch.length, messageOf(error));
      }
      clearTimeout(patience);
      this.#behind = false;
      for (const { written } of batch) written();
    }
    this.#writing = false;
  }

  #lose(count: number, why: string): void {
    this.#lost += count;
    this.#log.error(`${String(count)} audit events could not be written: ${why}`);
  }
}
