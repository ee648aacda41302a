import { setTimeout as sleep } from 'node:timers/promises';
import { Histogram } from './histogram.js';
import type { LoadOptions, LoadReport } from './load-options.js';
import { McpConnection, NotServed } from './mcp-connection.js';
import { callOperation, listOperation, type Operation } from './operations.js';

const AFTER_ERROR_MS = 5;
const MAX_ERROR_KINDS = 20;
const CLOSE_WITHIN_MS = 2_000;

/** Opens the connections, warms up, measures for the time asked for, closes. Never rejects for what a server does. */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const url = new URL(options.url);
  const connections = Array.from(
    { length: options.connections },
    () => new McpConnection(url, options.era, options.headers, options.timeoutMs),
  );
  try {
    for (const connection of connections) await connection.open();
    const [first] = connections;
    if (first === undefined) throw new NotServed('no connections were asked for');
    const operation =
      options.method === 'tools/call' ? await callOperation(first, options) : await listOperation(first, options.tools);
    return await new LoadRun(options, operation).measure(connections);
  } catch (error) {
    if (!(error instanceof NotServed)) throw error;
    return { ...emptyReport(options.url), notServed: error.message, status: error.status, errors: 1 };
  } finally {
    await Promise.race([Promise.all(connections.map((one) => one.close())), sleep(CLOSE_WITHIN_MS)]);
  }
}

class LoadRun {
  readonly #latencies = new Histogram();
  readonly #errorKinds: Record<string, number> = {};
  #errors = 0;
  #countFrom = 0;
  #until = 0;

  constructor(
    private readonly options: LoadOptions,
    private readonly operation: Operation,
  ) {}

  async measure(connections: readonly McpConnection[]): Promise<LoadReport> {
    this.#countFrom = performance.now() + this.options.warmUpMs;
    this.#until = this.#countFrom + this.options.durationMs;
    await Promise.all(connections.map((connection) => this.#work(connection)));
    const seconds = (performance.now() - this.#countFrom) / 1000;
    const { count, maxMs } = this.#latencies;
    return {
      url: this.options.url,
      perSecond: count / seconds,
      count,
      p50Ms: this.#latencies.quantileMs(0.5),
      p95Ms: this.#latencies.quantileMs(0.95),
      p99Ms: this.#latencies.quantileMs(0.99),
      maxMs,
      errors: this.#errors,
      errorKinds: this.#errorKinds,
    };
  }

  async #work(connection: McpConnection): Promise<void> {
    const { pauseMs } = this.options;
    for (let begun = performance.now(); begun < this.#until; begun = performance.now()) {
      const wrong = await this.operation(connection);
      if (wrong !== undefined) {
        this.#failed(wrong);
        // A peer that is gone answers at once: do not spin on it.
        await sleep(Math.max(pauseMs, AFTER_ERROR_MS));
        continue;
      }
      if (begun >= this.#countFrom) this.#latencies.record(performance.now() - begun);
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }

  #failed(wrong: string): void {
    // Wrong replies count in the warm-up too: they are wrong all the same.
    this.#errors += 1;
    const known = wrong in this.#errorKinds || Object.keys(this.#errorKinds).length < MAX_ERROR_KINDS;
    const kind = known ? wrong : 'others';
    this.#errorKinds[kind] = (this.#errorKinds[kind] ?? 0) + 1;
  }
}

function emptyReport(url: string): LoadReport {
  return { url, perSecond: 0, count: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0, errors: 0, errorKinds: {} };
}
