import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { DatabaseFigures } from './database-figures.js';
import { HealthController } from './health.controller.js';
import { HealthIndicators } from './health-indicators.js';
import { METRICS_ACCESS, type MetricsAccess } from './metrics-access.js';
import { MetricsController } from './metrics.controller.js';
import { Readiness } from './readiness.js';
import { Samplers } from './samplers.js';

@Global()
@Module({})
export class MonitoringModule {
  static forRoot(metrics: MetricsAccess): DynamicModule {
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
      controllers: [HealthController],
      providers: [Readiness, HealthIndicators, Samplers, DatabaseFigures],
      exports: [Readiness, HealthIndicators, Samplers],
    };
  }
}
