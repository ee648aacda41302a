import { Injectable } from '@nestjs/common';
import { Gauge, register } from 'prom-client';

/** A figure that the monitor reads at its interval, with the thresholds that turn it into an alert. */
export interface Sampler {
  /** Snake case, as in alerts and metrics: `database_pool_utilization`. */
  readonly name: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  readonly warning: number;
  readonly critical: number;
  read(): Promise<number> | number;
}

/** The samplers of all modules. Until the monitor is built they are shown as gauges at `/metrics`. */
@Injectable()
export class Samplers {
  readonly #samplers = new Map<string, Sampler>();

  registerSampler(sampler: Sampler): void {
    this.#samplers.set(sampler.name, sampler);
    const name = `mcp_gateway_${sampler.name}`;
    register.removeSingleMetric(name);
    // The gauge registers itself with prom-client and reads when it is scraped.
    void new Gauge({
      name,
      help: `${sampler.name} in ${sampler.unit}`,
      async collect() {
        this.set(await sampler.read());
      },
    });
  }

  all(): readonly Sampler[] {
    return [...this.#samplers.values()];
  }
}
