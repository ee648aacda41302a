import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { messageOf } from '../../../kernel/app-error.js';
import { Clock } from '../../../kernel/clock.js';
import { uuidv7 } from '../../../kernel/uuid.js';
import { AUDIT_OPTIONS, type AuditOptions } from '../audit-settings.js';
import { type LoggedRequest, RequestLogRepository } from './request-log.repository.js';

const WRITE_EVERY_MS = 1000;
const ROWS_A_BATCH = 1000;
/** More than that wait for no database: the log is for looking, not for proof. */
const WAITING_AT_MOST = 10_000;

/** What the REST API was asked, for `request_logs`: sampled, in batches, behind the answers. */
@Injectable()
export class RequestLogs implements OnModuleInit, BeforeApplicationShutdown {
  readonly #log = new Logger(RequestLogs.name);
  readonly #sample: number;
  #waiting: LoggedRequest[] = [];
  #dropped = 0;
  #writing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly repository: RequestLogRepository,
    private readonly clock: Clock,
    @Inject(AUDIT_OPTIONS) { requestLogSample }: AuditOptions,
  ) {
    this.#sample = requestLogSample;
  }

  onModuleInit(): void {
    this.#timer = setInterval(() => void this.write(), WRITE_EVERY_MS);
    this.#timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.write();
  }

  /** Calls over MCP are in the audit log; probes and documents are nobody's news. */
  follow(fastify: FastifyInstance): void {
    if (this.#sample === 0) return;
    fastify.addHook('onResponse', (request, reply, done) => {
      if (request.url.startsWith('/api/') && Math.random() < this.#sample) this.#note(request, reply);
      done();
    });
  }

  /** What waits, batch after batch. What cannot be written is dropped, and said. */
  async write(): Promise<void> {
    if (this.#writing || !this.repository.isOpen) return;
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, ROWS_A_BATCH);
      try {
        await this.repository.insert(batch);
      } catch (error) {
        this.#dropped += batch.length;
        this.#log.debug(`Requests were not logged: ${messageOf(error)}`);
        break;
      }
    }
    this.#writing = false;
    if (this.#dropped > 0) this.#log.warn(`${String(this.#dropped)} requests are not in the request log`);
    this.#dropped = 0;
  }

  #note(request: FastifyRequest, reply: FastifyReply): void {
    if (this.#waiting.length >= WAITING_AT_MOST) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push({
      at: this.clock.now(),
      id: uuidv7(),
      endpoint: request.routeOptions.url ?? 'none',
      method: request.method,
      statusCode: reply.statusCode,
      responseTimeMs: reply.elapsedTime,
      userId: request.principal?.subject ?? null,
      tenantId: request.principal?.tenantId ?? null,
      correlationId: request.id,
      bytes: Number(reply.getHeader('content-length') ?? 0),
    });
  }
}
