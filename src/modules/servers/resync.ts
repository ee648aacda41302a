import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { messageOf } from '../../kernel/app-error.js';
import { systemScope } from '../../kernel/scope.js';
import { DebouncedRuns } from './debounced-runs.js';
import { ProbingService } from './probing.service.js';
import { ServersRepository } from './servers.repository.js';

/** A server may say it as often as it likes: it is read once in ten seconds at most. */
const LIMITS = { afterMs: 500, restMs: 10_000, atOnce: 4, keysAtMost: 1000 };

/** Reads servers anew that were heard to say that their lists changed. */
@Injectable()
export class Resync implements OnApplicationShutdown {
  readonly #log = new Logger(Resync.name);
  readonly #stop = new AbortController();
  readonly #runs = new DebouncedRuns(LIMITS, (serverId) => this.#sync(serverId));

  constructor(
    private readonly servers: ServersRepository,
    private readonly probing: ProbingService,
  ) {}

  /** What does not find room waits for the hourly sync. */
  soon(serverId: string): void {
    this.#runs.ask(serverId);
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort(new Error('the service is shutting down'));
    await this.#runs.stop();
  }

  async #sync(serverId: string): Promise<void> {
    try {
      const server = await this.servers.findById(systemScope, serverId);
      if (server && server.status !== 'maintenance') await this.probing.probeAndSync(server, this.#stop.signal);
    } catch (error) {
      this.#log.warn(`The catalogue of server ${serverId} could not be synced: ${messageOf(error)}`);
    }
  }
}
