import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { DatabaseFigures } from './database-figures.js';
import { HealthController } from './health.controller.js';
import { HealthIndicators } from './health-indicators.js';
import { METRICS_ACCESS, type MetricsAccess } from './metrics-access.js';
import { MetricsController } from './metrics.controller.js';
import { AlertCallbacks } from './monitor/alert-callbacks.js';
import { AlertHistory } from './monitor/alert-history.js';
import { AlertLog } from './monitor/alert-log.js';
import { AlertsRepository } from './monitor/alerts.repository.js';
import { MonitorJob } from './monitor/monitor-job.js';
import { MONITOR_SETTINGS, type MonitorSettings } from './monitor/monitor-settings.js';
import { MonitoringController } from './monitor/monitoring.controller.js';
import { PerformanceMonitor } from './monitor/performance-monitor.js';
import { ProcessFigures } from './process-figures.js';
import { Readiness } from './readiness.js';
import { Samplers } from './samplers.js';

@Global()
@Module({})
export class MonitoringModule {
  static forRoot(metrics: MetricsAccess, monitor: MonitorSettings): DynamicModule {
    // prom-client's registry belongs to the process, and tests make several applications in one.
    register.clear();
    const access = { provide: METRICS_ACCESS, useValue: metrics };
    const prometheus = PrometheusModule.register({ controller: MetricsController, defaultMetrics: { enabled: true } });
    return {
      module: MonitoringModule,
      imports: [
        TerminusModule.forRoot({ errorLogStyle: 'json' }),
        { ...prometheus, providers: [...(prometheus.providers ?? []), access] },
      ],
      controllers: [HealthController, MonitoringController],
      providers: [
        Readiness,
        HealthIndicators,
        Samplers,
        DatabaseFigures,
        ProcessFigures,
        { provide: MONITOR_SETTINGS, useValue: monitor },
        AlertsRepository,
        AlertHistory,
        AlertCallbacks,
        AlertLog,
        PerformanceMonitor,
        MonitorJob,
      ],
      exports: [Readiness, HealthIndicators, Samplers, AlertCallbacks],
    };
  }
}
