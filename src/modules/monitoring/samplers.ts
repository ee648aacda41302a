import { Injectable } from '@nestjs/common';
import { Gauge, register } from 'prom-client';

export type Better = 'lower' | 'higher';

/** A figure that the monitor reads at its interval, with the thresholds that turn it into an alert. */
export interface Sampler {
  /** Snake case, as in alerts and metrics: `database_pool_utilization`. */
  readonly name: string;
  readonly unit: string;
  readonly better: Better;
  readonly warning: number;
  readonly critical: number;
  /**
   * Only the monitor reads it, not every scrape: it has to cost no answer and to hang nobody.
   * `undefined`: there is nothing to measure now, and no sample is kept.
   */
  read(): Promise<number | undefined> | number | undefined;
}

/** The samplers of all modules. What the monitor read of them last is shown as gauges at `/metrics`. */
@Injectable()
export class Samplers {
  readonly #samplers = new Map<string, Sampler>();
  readonly #gauges = new Map<string, Gauge>();

  registerSampler(sampler: Sampler): void {
    const name = `mcp_gateway_${sampler.name}`;
    // prom-client's registry belongs to the process, and tests make several applications in one.
    register.removeSingleMetric(name);
    this.#samplers.set(sampler.name, sampler);
    this.#gauges.set(sampler.name, new Gauge({ name, help: `${sampler.name} in ${sampler.unit}` }));
  }

  /** What the monitor read. */
  show(name: string, value: number): void {
    this.#gauges.get(name)?.set(value);
  }

  all(): readonly Sampler[] {
    return [...this.#samplers.values()];
  }
}
