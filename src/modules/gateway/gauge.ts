import { Gauge, register } from 'prom-client';

/** A figure that is read at the scrape. */
export function gauge(name: string, help: string, read: () => number): void {
  void new Gauge({
    name,
    help,
    registers: fresh(name),
    collect() {
      this.set(read());
    },
  });
}

/** prom-client's registry belongs to the process, and tests make several applications in one. */
export function fresh(name: string): [typeof register] {
  register.removeSingleMetric(name);
  return [register];
}
