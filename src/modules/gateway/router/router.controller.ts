import { hostname } from 'node:os';
import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentCaller } from '../../../http/access.js';
import { Endpoint } from '../../../http/endpoint.js';
import type { Caller } from '../../../kernel/caller.js';
import { scopeOf } from '../../../kernel/principal.js';
import { RouteTable } from '../catalogue/route-table.js';
import { UpstreamStates } from '../routing/upstream-states.js';
import { CallTool, RouterMetrics, ToolCallResult } from './router.schemas.js';
import { RouterService } from './router.service.js';

const REPLICA = `${hostname()}-${String(process.pid)}`;

@ApiTags('router')
@Controller('api/v1/router')
export class RouterController {
  constructor(
    private readonly router: RouterService,
    private readonly routes: RouteTable,
    private readonly states: UpstreamStates,
  ) {}

  @Post('call')
  @Endpoint({
    operationId: 'callTool',
    summary: 'Call a tool without speaking MCP',
    description: 'On one of the servers that offer it, chosen by the strategy. A call is never sent twice.',
    access: 'user',
    response: ToolCallResult,
    errors: [400, 404, 409, 413, 415, 422, 502, 504],
  })
  async call(
    @CurrentCaller() caller: Caller,
    @Body({ schema: CallTool }) body: z.output<typeof CallTool>,
  ): Promise<z.output<typeof ToolCallResult>> {
    const startedMs = performance.now();
    const { server, result, responseTimeMs } = await this.router.call(caller, body);
    return {
      server: { id: server.id, name: server.name },
      result,
      responseTimeMs,
      performanceMetadata: {
        executionTimeMs: Math.round((performance.now() - startedMs) * 100) / 100,
        functionName: 'RouterService.call',
      },
    };
  }

  @Get('metrics')
  @Endpoint({
    operationId: 'getRouterMetrics',
    summary: 'Calls, latency and circuit breaker of each upstream',
    access: 'readonly',
    response: RouterMetrics,
  })
  metrics(@CurrentCaller() { principal }: Caller): z.output<typeof RouterMetrics> {
    const scope = scopeOf(principal);
    const items = [...this.states.values()].flatMap((state) => {
      const server = this.routes.byId(scope, state.id);
      if (!server) return [];
      const { activeRequests, totalRequests, successRate, averageResponseMs, p95ResponseMs, circuitBreaker } =
        state.metrics();
      return [
        {
          server: { id: server.id, name: server.name },
          activeRequests,
          totalRequests,
          successRate,
          averageResponseMs,
          p95ResponseMs,
          circuitBreaker: { ...circuitBreaker, openedAt: circuitBreaker.openedAt?.toISOString() ?? null },
          replica: REPLICA,
        },
      ];
    });
    return { items };
  }
}
