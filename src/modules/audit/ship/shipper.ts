import { Worker } from 'node:worker_threads';
import { messageOf } from '../../../kernel/app-error.js';
import type { FromShipper, ShipperStart, ToShipper } from './shipper-messages.js';
import type { ShippingFigures } from './shipping.js';

export interface ShipperHandlers {
  readonly log: (level: 'log' | 'warn' | 'error', message: string) => void;
  readonly figures: (figures: ShippingFigures) => void;
  readonly createPartition: (day: Date) => Promise<void>;
}

/** Beyond its own deadline, for a database that hangs in the middle of a statement. */
const MARGIN_MS = 250;

/** The shipper's thread, seen from the thread of the calls. */
export class Shipper {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #complete = false;

  constructor(
    start: ShipperStart,
    private readonly handlers: ShipperHandlers,
  ) {
    this.#worker = startThread(start);
    this.#worker.unref();
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        resolve();
      });
    });
    this.#worker.on('message', (message: FromShipper) => {
      this.#receive(message);
    });
    this.#worker.on('error', (error) => {
      handlers.log('error', `Audit: records are not shipped any more until the next start: ${messageOf(error)}`);
    });
  }

  /** Ships what there is, then ends the thread. @returns whether everything is in the table. */
  async finish(withinMs: number): Promise<boolean> {
    this.#send({ kind: 'finish', withinMs });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs + MARGIN_MS);
    });
    await Promise.race([this.#ended, late]);
    clearTimeout(timer);
    await this.#worker.terminate();
    return this.#complete;
  }

  #receive(message: FromShipper): void {
    switch (message.kind) {
      case 'log':
        this.handlers.log(message.level, message.message);
        break;
      case 'figures':
        this.handlers.figures(message.figures);
        break;
      case 'partitions':
        void this.#createPartitions(message.daysMs);
        break;
      case 'finished':
        this.#complete = message.complete;
        break;
    }
  }

  async #createPartitions(daysMs: readonly number[]): Promise<void> {
    try {
      for (const dayMs of daysMs) await this.handlers.createPartition(new Date(dayMs));
      this.#send({ kind: 'partitions', error: undefined });
    } catch (error) {
      this.#send({ kind: 'partitions', error: messageOf(error) });
    }
  }

  #send(message: ToShipper): void {
    this.#worker.postMessage(message);
  }
}

/** Batches come and go: without a bound their garbage would take as much as the service itself. */
const THREAD_MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 };

function startThread(workerData: ShipperStart): Worker {
  const options = { workerData, name: 'audit shipper', resourceLimits: THREAD_MEMORY };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('shipper.thread.js', import.meta.url), options);
  // Run from the sources, in tests: a thread does not inherit what loads TypeScript here.
  const file = new URL('shipper.thread.ts', import.meta.url).href;
  const load = `import('tsx/esm/api').then(({ register }) => { register(); return import('${file}'); });`;
  return new Worker(load, { ...options, eval: true });
}
