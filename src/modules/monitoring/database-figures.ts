import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ChangeFeed } from '../../database/change-feed.js';
import { DatabaseAccess } from '../../database/database-access.js';
import type { PoolStatistics } from '../../database/pool.js';
import { Gauge, register } from 'prom-client';
import { HealthIndicators } from './health-indicators.js';
import { Samplers } from './samplers.js';

const POOL_STATES = ['size', 'idle', 'checkedOut', 'overflow', 'waiting', 'invalid', 'total'] as const;
const POOL_GAUGE = 'database_pool_connections';

/** The database's component, samplers and pool gauges; `database/` is below and cannot register itself. */
@Injectable()
export class DatabaseFigures implements OnModuleInit {
  constructor(
    private readonly database: DatabaseAccess,
    private readonly feed: ChangeFeed,
    private readonly indicators: HealthIndicators,
    private readonly samplers: Samplers,
  ) {}

  onModuleInit(): void {
    this.indicators.registerIndicator('database', async () => {
      if (!this.database.isOpen) return { status: 'unhealthy', detail: 'not connected yet' };
      await this.database.query('/* health.ping */ SELECT 1');
      return { status: 'healthy' };
    });
    this.samplers.registerSampler({
      name: 'database_query_time',
      unit: 'milliseconds',
      better: 'lower',
      warning: 100,
      critical: 500,
      read: async () => {
        const startedMs = performance.now();
        await this.database.query('/* monitor.ping */ SELECT 1');
        return performance.now() - startedMs;
      },
    });
    this.samplers.registerSampler({
      name: 'database_pool_utilization',
      unit: 'percent',
      better: 'lower',
      warning: 80,
      critical: 95,
      read: () => this.database.poolStatistics()?.utilisationPercent ?? 0,
    });
    this.samplers.registerSampler({
      name: 'change_feed_lag',
      unit: 'milliseconds',
      better: 'lower',
      warning: 1000,
      critical: 10_000,
      read: () => this.feed.lagMs,
    });
    this.#registerPoolGauge();
  }

  #registerPoolGauge(): void {
    register.removeSingleMetric(POOL_GAUGE);
    const statistics = (): PoolStatistics | undefined => this.database.poolStatistics();
    void new Gauge({
      name: POOL_GAUGE,
      help: 'Connections of the database pool by state',
      labelNames: ['state'] as const,
      collect() {
        const now = statistics();
        if (now)
          for (const state of POOL_STATES)
            this.set({ state: state === 'checkedOut' ? 'checked_out' : state }, now[state]);
      },
    });
  }
}
