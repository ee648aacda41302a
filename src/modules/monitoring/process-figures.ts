import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { errorShareReader } from './http-timing.js';
import { Samplers } from './samplers.js';

const RESOLUTION_MS = 20;
const NANOSECONDS_A_MS = 1e6;

/** The process's samplers: its event loop, its memory, the share of its answers that are faults. */
@Injectable()
export class ProcessFigures implements OnModuleInit, OnApplicationShutdown {
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor(private readonly samplers: Samplers) {}

  onModuleInit(): void {
    this.#loop.enable();
    this.samplers.registerSampler({
      name: 'event_loop_lag',
      unit: 'milliseconds',
      better: 'lower',
      warning: 50,
      critical: 200,
      read: () => this.#lagMs(),
    });
    this.samplers.registerSampler({
      name: 'memory_usage',
      unit: 'percent',
      better: 'lower',
      warning: 80,
      critical: 95,
      read: memoryPercent,
    });
    const errorShare = errorShareReader();
    this.samplers.registerSampler({
      name: 'error_rate',
      unit: 'percent',
      better: 'lower',
      warning: 1,
      critical: 5,
      read: async () => (await errorShare()) * 100,
    });
  }

  onApplicationShutdown(): void {
    this.#loop.disable();
  }

  /** p99 since the last reading. The histogram has the time between two looks, which is the resolution when idle. */
  #lagMs(): number {
    const p99Ms = this.#loop.percentile(99) / NANOSECONDS_A_MS;
    this.#loop.reset();
    return Math.max(0, p99Ms - RESOLUTION_MS);
  }
}

/** Of whichever limit is nearer: the container's on the whole process, or V8's on the heap. */
function memoryPercent(): number {
  const { used_heap_size: heapBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics();
  // 0, or more than any machine has, where there is no limit.
  const limitBytes = process.constrainedMemory();
  const containerShare = limitBytes > 0 ? process.memoryUsage.rss() / limitBytes : 0;
  return Math.max(heapBytes / heapLimitBytes, containerShare) * 100;
}
