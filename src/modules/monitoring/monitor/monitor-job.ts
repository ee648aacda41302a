import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { messageOf } from '../../../kernel/app-error.js';
import { Readiness } from '../readiness.js';
import { Samplers } from '../samplers.js';
import { MONITOR_SETTINGS, type MonitorSettings } from './monitor-settings.js';
import { PerformanceMonitor } from './performance-monitor.js';

const INTERVAL_NAME = 'performance-monitor';

/** A round of the monitor every `MONITOR_INTERVAL_S`; one that is still under way is not overtaken. */
@Injectable()
export class MonitorJob implements OnApplicationShutdown {
  readonly #log = new Logger(MonitorJob.name);
  #round: Promise<void> | undefined;

  constructor(
    private readonly monitor: PerformanceMonitor,
    private readonly samplers: Samplers,
    private readonly scheduler: SchedulerRegistry,
    @Inject(MONITOR_SETTINGS) private readonly settings: MonitorSettings,
    readiness: Readiness,
  ) {
    readiness.beforeReady({
      name: 'performance monitor',
      run: () => {
        this.#start();
        return Promise.resolve();
      },
    });
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.scheduler.doesExist('interval', INTERVAL_NAME)) this.scheduler.deleteInterval(INTERVAL_NAME);
    await this.#round;
  }

  #start(): void {
    const known = new Set(this.samplers.all().map((sampler) => sampler.name));
    for (const name of Object.keys(this.settings.thresholds)) {
      if (!known.has(name)) this.#log.warn(`MONITOR_THRESHOLDS names ${name}, which nothing measures`);
    }
    const interval = setInterval(() => {
      this.#round ??= this.#run();
    }, this.settings.intervalSeconds * 1000);
    this.scheduler.addInterval(INTERVAL_NAME, interval);
  }

  async #run(): Promise<void> {
    try {
      await this.monitor.runRound();
    } catch (error) {
      this.#log.warn(`A round of the monitor failed: ${messageOf(error)}; the next one comes`);
    } finally {
      this.#round = undefined;
    }
  }
}
