import { Controller, Get, Inject, Res } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Endpoint } from '../../http/endpoint.js';
import { Clock } from '../../kernel/clock.js';
import { HealthIndicators, overallStatus } from './health-indicators.js';
import { HealthResponse, ProbeResponse } from './health.schemas.js';
import { Readiness } from './readiness.js';
import { SERVICE_VERSION } from './service-version.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly terminus: HealthCheckService,
    private readonly indicator: HealthIndicatorService,
    private readonly indicators: HealthIndicators,
    private readonly readiness: Readiness,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    operationId: 'getHealth',
    summary: 'The state of the service and its components',
    description: '200 while the service can serve; the status says how well.',
    access: 'public',
    response: HealthResponse,
    statesUnavailable: true,
  })
  async health(@Res({ passthrough: true }) reply: FastifyReply): Promise<z.output<typeof HealthResponse>> {
    const components = await this.indicators.read();
    if (this.readiness.state !== 'ready') void reply.code(503);
    return {
      status: overallStatus(components),
      timestamp: this.clock.now().toISOString(),
      version: SERVICE_VERSION,
      uptimeSeconds: Math.floor(process.uptime()),
      components,
    };
  }

  @Get('live')
  @Endpoint({
    operationId: 'getLiveness',
    summary: 'Liveness probe: the process answers',
    access: 'public',
    response: ProbeResponse,
  })
  live() {
    return this.terminus.check([() => this.indicator.check('process').up()]);
  }

  @Get('ready')
  @Endpoint({
    operationId: 'getReadiness',
    summary: 'Readiness probe: traffic may come',
    description: '503 until the schema is migrated and the routes are loaded, then only while draining.',
    access: 'public',
    response: ProbeResponse,
    statesUnavailable: true,
  })
  ready(@Res({ passthrough: true }) reply: FastifyReply): z.output<typeof ProbeResponse> {
    // Terminus would log and throw at each probe of a start: the state is not a fault.
    const { state } = this.readiness;
    const up = state === 'ready';
    const details = { service: { status: up ? 'up' : 'down', state } };
    if (!up) void reply.code(503);
    return { status: up ? 'ok' : 'error', info: up ? details : {}, error: up ? {} : details, details };
  }
}
