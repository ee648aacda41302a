import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CursorCodec } from '../../../http/cursor.js';
import { Endpoint } from '../../../http/endpoint.js';
import { Clock } from '../../../kernel/clock.js';
import { AlertsRepository } from './alerts.repository.js';
import { AlertPage, FindAlerts, MonitoringSummary } from './monitoring.schemas.js';
import type { PerformanceAlert } from './performance-alert.entity.js';
import { PerformanceMonitor } from './performance-monitor.js';
import { REPLICA } from './replica.js';

@ApiTags('monitoring')
@Controller('api/v1/monitoring')
export class MonitoringController {
  constructor(
    private readonly monitor: PerformanceMonitor,
    private readonly history: AlertsRepository,
    private readonly cursors: CursorCodec,
    private readonly clock: Clock,
  ) {}

  @Get('summary')
  @Endpoint({
    operationId: 'getMonitoringSummary',
    summary: 'What the monitor measured in the last hour, and which way it goes',
    access: 'readonly',
    response: MonitoringSummary,
  })
  summary(): z.output<typeof MonitoringSummary> {
    const metrics = this.monitor.summary();
    const open = new Set(metrics.map(({ alert }) => alert));
    return {
      scope: 'this replica',
      generatedAt: this.clock.now().toISOString(),
      status: open.has('critical') ? 'critical' : open.has('warning') ? 'warning' : 'ok',
      metrics: metrics.map((metric) => ({ ...metric, replica: REPLICA })),
    };
  }

  @Get('alerts')
  @Endpoint({
    operationId: 'listPerformanceAlerts',
    summary: 'Alerts of all replicas, newest first',
    description:
      'An alert is raised by two samples in a row beyond a threshold and cleared by three within it. History is kept for 90 days.',
    access: 'readonly',
    response: AlertPage,
    errors: [400],
  })
  async alerts(@Query({ schema: FindAlerts }) query: z.output<typeof FindAlerts>): Promise<z.output<typeof AlertPage>> {
    const { limit, cursor, ...filter } = query;
    const list = ['monitoring/alerts', filter];
    const [after] = cursor === undefined ? [] : this.cursors.decode(cursor, list);
    const rows = await this.history.page(filter, limit + 1, after);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { items: page.map(alertOnWire), nextCursor: last ? this.cursors.encode([last.id], list) : null };
  }
}

function alertOnWire({ seenAt: _seenAt, ...alert }: PerformanceAlert): z.output<typeof AlertPage>['items'][number] {
  return {
    ...alert,
    subject: alert.subject === '' ? null : alert.subject,
    raisedAt: alert.raisedAt.toISOString(),
    clearedAt: alert.clearedAt?.toISOString() ?? null,
  };
}
