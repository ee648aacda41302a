import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { uuidv7 } from '../../../kernel/uuid.js';
import { type Sampler, Samplers } from '../samplers.js';
import { AlertCallbacks } from './alert-callbacks.js';
import { AlertHistory } from './alert-history.js';
import { AlertState, levelOf, type Severity, type Thresholds } from './alert-level.js';
import { MetricRing } from './metric-ring.js';
import { type MetricStatistics, statisticsOf } from './metric-statistics.js';
import { MONITOR_SETTINGS, type MonitorSettings } from './monitor-settings.js';
import type { PerformanceAlert } from './performance-alert.entity.js';
import { SAMPLER_DEADLINE_MS, TimelyReader } from './read-in-time.js';
import { REPLICA } from './replica.js';

const WINDOW_MS = 3_600_000;
/** A replica that has not spoken of its alert for so many rounds is gone. */
const UNSEEN_AFTER_ROUNDS = 10;

export interface MetricSummary extends MetricStatistics {
  readonly metric: string;
  readonly unit: string;
  readonly better: Sampler['better'];
  readonly warning: number;
  readonly critical: number;
  readonly alert: Severity | null;
}

interface Watched {
  readonly ring: MetricRing;
  readonly state: AlertState;
  open: PerformanceAlert | undefined;
}

/** Reads all samplers once a round, keeps an hour of them, and raises and clears alerts. */
@Injectable()
export class PerformanceMonitor {
  readonly #log = new Logger(PerformanceMonitor.name);
  readonly #reader = new TimelyReader();
  readonly #watched = new Map<string, Watched>();

  constructor(
    private readonly samplers: Samplers,
    private readonly callbacks: AlertCallbacks,
    private readonly history: AlertHistory,
    private readonly clock: Clock,
    @Inject(MONITOR_SETTINGS) private readonly settings: MonitorSettings,
  ) {}

  /** One round: every sampler within its deadline, all at once, none held up by another. */
  async runRound(): Promise<void> {
    const now = this.clock.now();
    await Promise.all(this.samplers.all().map((sampler) => this.#sample(sampler, now)));
    const open = [...this.#watched.values()].flatMap((watched) => watched.open?.id ?? []);
    await this.history.write(open, now, this.settings.intervalSeconds * 1000 * UNSEEN_AFTER_ROUNDS);
  }

  /** Metrics with samples in the last hour, in the order of their names. */
  summary(): MetricSummary[] {
    const fromMs = this.clock.nowMs() - WINDOW_MS;
    return this.samplers
      .all()
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((sampler) => {
        const watched = this.#watched.get(sampler.name);
        const statistics = watched && statisticsOf(watched.ring.since(fromMs), sampler.better);
        if (!statistics) return [];
        const { better, warning, critical } = this.#thresholds(sampler);
        const alert = watched.open?.severity ?? null;
        return [{ metric: sampler.name, unit: sampler.unit, better, warning, critical, alert, ...statistics }];
      });
  }

  async #sample(sampler: Sampler, now: Date): Promise<void> {
    const reading = await this.#reader.read(sampler);
    let value = 'value' in reading ? reading.value : undefined;
    if ('fault' in reading) {
      this.#log.warn(`The sampler ${sampler.name} failed: ${reading.fault}`);
      // It took at least that long. A share or a count that nobody could read is no sample.
      if (sampler.unit === 'milliseconds') value = SAMPLER_DEADLINE_MS;
    }
    if (value === undefined) return;
    const watched = this.#watch(sampler.name);
    watched.ring.push(value, now.getTime());
    this.samplers.show(sampler.name, value);
    const thresholds = this.#thresholds(sampler);
    if (watched.state.next(levelOf(value, thresholds))) this.#change(watched, sampler, thresholds, value, now);
  }

  #change(watched: Watched, sampler: Sampler, thresholds: Thresholds, value: number, now: Date): void {
    const { open } = watched;
    const { level } = watched.state;
    watched.open = undefined;
    if (open) {
      this.history.cleared(open.id, now);
      if (level === 'none') this.#tell('cleared', open);
    }
    if (level === 'none') return;
    watched.open = {
      id: uuidv7(now.getTime()),
      metric: sampler.name,
      subject: '',
      replica: REPLICA,
      severity: level,
      value,
      unit: sampler.unit,
      threshold: thresholds[level],
      message: `${sampler.name} ${level}: ${String(Math.round(value * 100) / 100)} ${sampler.unit}`,
      raisedAt: now,
      seenAt: now,
      clearedAt: null,
    };
    this.history.raised(watched.open);
    this.#tell('raised', watched.open);
  }

  #tell(state: 'raised' | 'cleared', { severity, metric, message }: PerformanceAlert): void {
    this.callbacks.tell({ state, severity, metric, message });
  }

  #watch(name: string): Watched {
    const known = this.#watched.get(name);
    if (known) return known;
    const capacity = Math.ceil(WINDOW_MS / (this.settings.intervalSeconds * 1000)) + 1;
    const watched = { ring: new MetricRing(capacity), state: new AlertState(), open: undefined };
    this.#watched.set(name, watched);
    return watched;
  }

  #thresholds({ name, better, warning, critical }: Sampler): Thresholds {
    const set = this.settings.thresholds[name];
    return { better, warning: set?.warning ?? warning, critical: set?.critical ?? critical };
  }
}
