import { setMaxListeners } from 'node:events';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Counter, register } from 'prom-client';
import { messageOf } from '../../../kernel/app-error.js';
import { Clock } from '../../../kernel/clock.js';
import { Readiness } from '../../monitoring/index.js';
import { HealthCheckService } from './health-check.service.js';
import { HealthRepository } from './health.repository.js';
import { HEALTH_SETTINGS, type HealthSettings } from './health-settings.js';

const TIMEOUT_NAME = 'health-round';
/** Rounds and due times vary by a tenth, so that replicas and servers do not march in step. */
const JITTER = 0.1;
const STRETCHED = 'health_rounds_stretched_total';

/**
 * Checks every due server once an interval. The next round is set when one ends, so rounds never
 * overlap; when the due servers take longer than the interval, it stretches, and that is counted.
 */
@Injectable()
export class HealthJob implements OnApplicationShutdown {
  readonly #log = new Logger(HealthJob.name);
  readonly #stop = new AbortController();
  readonly #stretched: Counter;
  #stretchedRounds = 0;
  #round: Promise<void> | undefined;

  constructor(
    private readonly checks: HealthCheckService,
    private readonly repository: HealthRepository,
    private readonly scheduler: SchedulerRegistry,
    private readonly readiness: Readiness,
    private readonly clock: Clock,
    @Inject(HEALTH_SETTINGS) private readonly settings: HealthSettings,
  ) {
    // One listener for each check under way, and those are bounded: no leak to be warned of.
    setMaxListeners(0, this.#stop.signal);
    register.removeSingleMetric(STRETCHED);
    this.#stretched = new Counter({
      name: STRETCHED,
      help: 'Rounds of health checks that took longer than their interval',
    });
    readiness.beforeReady({
      name: 'health job',
      run: () => {
        this.#schedule(this.settings.intervalSeconds * 1000);
        return Promise.resolve();
      },
    });
  }

  /** Rounds since start that took longer than the interval. */
  get stretchedRounds(): number {
    return this.#stretchedRounds;
  }

  /** One round: claims what is due, as many at a time as may be probed at once, until nothing is left. */
  async runRound(): Promise<void> {
    const { concurrency, timeoutMs, intervalSeconds } = this.settings;
    const startedMs = performance.now();
    const { signal } = this.#stop;
    // Nothing that this round claims becomes due in it again.
    const roundAt = this.clock.now();
    // Before the next round begins, whatever its jitter, else the server would be passed over by it.
    const nextAt = new Date(roundAt.getTime() + intervalSeconds * 1000 * (1 - JITTER * (0.5 + Math.random() / 2)));
    while (!signal.aborted) {
      const due = await this.repository.claimDue(roundAt, nextAt, concurrency);
      if (due.length > 0) await this.checks.check(due, timeoutMs, signal);
      if (due.length < concurrency) break;
    }
    const tookSeconds = (performance.now() - startedMs) / 1000;
    if (tookSeconds > intervalSeconds) {
      this.#stretchedRounds += 1;
      this.#stretched.inc();
      this.#log.warn(
        `A round of health checks took ${tookSeconds.toFixed(1)} s, longer than its interval of ${String(intervalSeconds)} s`,
      );
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort(new Error('the service is shutting down'));
    if (this.scheduler.doesExist('timeout', TIMEOUT_NAME)) this.scheduler.deleteTimeout(TIMEOUT_NAME);
    await this.#round;
  }

  #schedule(afterMs: number): void {
    if (this.#stop.signal.aborted) return;
    if (this.scheduler.doesExist('timeout', TIMEOUT_NAME)) this.scheduler.deleteTimeout(TIMEOUT_NAME);
    const timeout = setTimeout(
      () => {
        this.#round = this.#runAndReschedule();
      },
      afterMs * (1 + JITTER * (Math.random() - 0.5)),
    );
    this.scheduler.addTimeout(TIMEOUT_NAME, timeout);
  }

  async #runAndReschedule(): Promise<void> {
    const startedMs = performance.now();
    try {
      if (this.readiness.state === 'ready') await this.runRound();
    } catch (error) {
      this.#log.warn(`A round of health checks failed: ${messageOf(error)}; the next one comes`);
    }
    const intervalMs = this.settings.intervalSeconds * 1000;
    this.#schedule(Math.max(0, intervalMs - (performance.now() - startedMs)));
  }
}
