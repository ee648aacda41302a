import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge, register } from 'prom-client';
import { HealthIndicators, Samplers, type ComponentHealth } from '../monitoring/index.js';
import { SpoolHost } from './spool-host.js';

/** From this share of its limit on the spool is worth a look: low, and high. */
const LOW_PERCENT = 50;
const HIGH_PERCENT = 80;

/** How the audit is doing: in `/health`, at `/metrics`, and for the monitor. */
@Injectable()
export class AuditFigures implements OnModuleInit {
  constructor(
    private readonly host: SpoolHost,
    private readonly indicators: HealthIndicators,
    private readonly samplers: Samplers,
  ) {}

  onModuleInit(): void {
    this.indicators.registerIndicator('audit', () => this.#health());
    this.samplers.registerSampler({
      name: 'audit_spool_usage',
      unit: 'percent',
      better: 'lower',
      warning: LOW_PERCENT,
      critical: HIGH_PERCENT,
      read: () => this.host.spool.usedShare * 100,
    });
    gauge('mcp_audit_spool_bytes', 'Bytes in the audit spool', () => this.host.spool.usedBytes);
    gauge('mcp_audit_oldest_seconds', 'Age of the oldest call whose record waits for the database', () =>
      this.host.oldestSeconds(),
    );
    gauge('mcp_audit_shipped_records', 'Records in the database since start', () => this.host.figures.shipped);
    gauge('mcp_audit_lost_calls', 'Calls without a record since start', () => this.host.spool.lost);
    gauge(
      'mcp_audit_damaged_records',
      'Spool records that could not be read since start',
      () => this.host.figures.damaged,
    );
  }

  #health(): ComponentHealth {
    const { spool, figures } = this.host;
    if (spool.fullness === 'disk') return { status: 'unhealthy', detail: 'the spool cannot be written' };
    if (spool.fullness === 'limit') return { status: 'unhealthy', detail: 'the spool is full' };
    if (spool.syncFault !== undefined) return { status: 'unhealthy', detail: spool.syncFault };
    const told = [
      ...(spool.lost > 0 ? [`${String(spool.lost)} calls without a record since start`] : []),
      ...(figures.damaged > 0 ? [`${String(figures.damaged)} damaged records since start`] : []),
      ...(spool.usedShare * 100 >= HIGH_PERCENT ? ['the spool is nearly full'] : []),
      ...(figures.fault === undefined ? [] : ['records wait in the spool for the database']),
    ];
    return told.length === 0 ? { status: 'healthy' } : { status: 'degraded', detail: told.join('; ') };
  }
}

function gauge(name: string, help: string, read: () => number): void {
  // prom-client's registry belongs to the process, and tests make several applications in one.
  register.removeSingleMetric(name);
  void new Gauge({
    name,
    help,
    collect() {
      this.set(read());
    },
  });
}
