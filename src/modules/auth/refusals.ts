import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { FastifyRequest } from 'fastify';
import { Counter, register } from 'prom-client';
import type { AppError } from '../../kernel/app-error.js';
import type { Principal } from '../../kernel/principal.js';
import { AuditService } from '../audit/index.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';

const NAME = 'mcp_auth_refusals_total';
const MINUTE_MS = 60_000;
/** Addresses that are told apart in a minute; the rest is counted all the same. */
const TOLD_AT_MOST = 10_000;

/** Who was not let in: each one counted, and the first of an address and a reason in a minute on the audit record. */
@Injectable()
export class Refusals {
  readonly #counter: Counter<'code'>;
  readonly #told = new Set<string>();
  readonly #nobody: Principal;

  constructor(
    private readonly audit: AuditService,
    @Inject(AUTH_OPTIONS) { operatorTenantId }: AuthOptions,
  ) {
    // prom-client's registry belongs to the process, and tests make several applications in one.
    register.removeSingleMetric(NAME);
    this.#counter = new Counter({ name: NAME, help: 'Requests that were not let in', labelNames: ['code'] });
    this.#nobody = {
      kind: 'anonymous',
      tenantId: operatorTenantId,
      subject: 'anonymous',
      roles: [],
      operator: false,
    };
  }

  /** Never throws: a refusal stands, whether or not it can be recorded. */
  note({ ip, id }: FastifyRequest, { code }: AppError): void {
    this.#counter.inc({ code });
    const key = `${ip} ${code}`;
    if (this.#told.has(key) || this.#told.size >= TOLD_AT_MOST) return;
    this.#told.add(key);
    try {
      const caller = { principal: this.#nobody, correlationId: id, clientIp: ip };
      const entry = this.audit.begin({ caller, action: 'auth.refused' });
      void this.audit.end(entry, { success: false, errorCode: code });
    } catch {
      // The spool is full, and says so itself.
    }
  }

  @Interval('auth-refusals', MINUTE_MS)
  nextMinute(): void {
    this.#told.clear();
  }
}
