import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { FastifyReply } from 'fastify';
import { Endpoint } from '../../http/endpoint.js';
import { AppError } from '../../kernel/app-error.js';
import { METRICS_ACCESS, type MetricsAccess } from './metrics-access.js';

/** Prometheus' endpoint: open in local mode, else for whoever has the token, else not there. */
@ApiTags('monitoring')
@Controller('metrics')
export class MetricsController extends PrometheusController {
  constructor(@Inject(METRICS_ACCESS) private readonly access: MetricsAccess) {
    super();
  }

  @Get()
  @Endpoint({
    operationId: 'getMetrics',
    summary: 'Metrics in the Prometheus text format',
    access: 'public',
    errors: [404],
  })
  override async index(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    this.#check(reply.request.headers.authorization);
    return super.index(reply);
  }

  #check(authorization: string | undefined): void {
    const { token, open } = this.access;
    if (token === undefined) {
      if (open) return;
      throw new AppError('not_found', 'request.no_such_route', 'Cannot GET /metrics: METRICS_TOKEN is not set.');
    }
    if (!equal(authorization ?? '', `Bearer ${token}`)) {
      throw new AppError('unauthenticated', 'auth.unauthenticated', 'Metrics need METRICS_TOKEN as a bearer token.');
    }
  }
}

function equal(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
