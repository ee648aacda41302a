import { Injectable, Logger } from '@nestjs/common';
import { ChangeFeed } from '../../../database/change-feed.js';
import { Egress } from '../../../egress/egress.js';
import { messageOf } from '../../../kernel/app-error.js';
import { Clock } from '../../../kernel/clock.js';
import { systemScope } from '../../../kernel/scope.js';
import { headersForProbe } from '../credentials/headers-for-probe.js';
import { UpstreamCredentials } from '../credentials/upstream-credentials.js';
import { checkHealth } from '../probe/check-health.js';
import { ProbeError } from '../probe/probe-error.js';
import { ProbingService } from '../probing.service.js';
import { ServersRepository } from '../servers.repository.js';
import type { CheckOutcome, DueServer } from './health.repository.js';
import { HealthWriter } from './health-writer.js';

const SYNC_EVERY_MS = 3_600_000;
const RESPONSE_BYTES = 16 * 1024 * 1024;

/** Checks servers that are due, and writes what it found in one batch. */
@Injectable()
export class HealthCheckService {
  readonly #log = new Logger(HealthCheckService.name);

  constructor(
    private readonly writer: HealthWriter,
    private readonly servers: ServersRepository,
    private readonly probing: ProbingService,
    private readonly credentials: UpstreamCredentials,
    private readonly egress: Egress,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
  ) {}

  /** All of `due` at once: the caller bounds their number. */
  async check(due: readonly DueServer[], deadlineMs: number, signal?: AbortSignal): Promise<void> {
    const found = await Promise.all(
      due.map(async (server) => ({ server, outcome: await this.#checkOne(server, deadlineMs, signal) })),
    );
    // What was cut short by our own shutdown says nothing about the servers.
    if (signal?.aborted === true) return;
    const outcomes = found.flatMap(({ outcome }) => outcome ?? []);
    if (outcomes.length > 0) {
      const checked = await this.feed.write('health.write', (manager, changes) =>
        this.writer.write(manager, changes, outcomes),
      );
      await this.writer.record(checked);
    }
    const syncDue = found.filter(({ outcome }) => outcome === undefined);
    await Promise.all(syncDue.map(({ server }) => this.#sync(server.id, signal)));
  }

  /** @returns what was found; `undefined` when the server is to be read anew, and that decides what it is. */
  async #checkOne(server: DueServer, deadlineMs: number, signal?: AbortSignal): Promise<CheckOutcome | undefined> {
    const transportType = server.transportType === 'sse' ? 'sse' : 'streamable-http';
    const outcome = { server, checkedAt: this.clock.now() };
    try {
      const headers = await headersForProbe(this.credentials, server);
      const { responseTimeMs, listChanged, fingerprint } = await checkHealth(
        { url: server.url, transportType, eras: server.eras, ...headers },
        {
          fetch: this.egress.createFetch({ maxResponseBytes: RESPONSE_BYTES }),
          deadlineMs,
          ...(signal ? { signal } : {}),
        },
      );
      const lastSyncMs = server.lastSyncedAt?.getTime() ?? 0;
      const old = this.clock.nowMs() - lastSyncMs >= SYNC_EVERY_MS;
      if (old || listChanged || fingerprint !== server.fingerprint) return undefined;
      return { ...outcome, ok: true, responseTimeMs, error: null };
    } catch (error) {
      // Our own database says nothing about the server.
      if (!(error instanceof ProbeError)) throw error;
      // It answers, only not in that era any more.
      if (error.code === 'era_changed') return undefined;
      return { ...outcome, ok: false, responseTimeMs: null, error: error.message };
    }
  }

  async #sync(id: string, signal?: AbortSignal): Promise<void> {
    try {
      const server = await this.servers.findById(systemScope, id);
      if (server) await this.probing.probeAndSync(server, signal);
    } catch (error) {
      this.#log.warn(`The catalogue of server ${id} could not be synced: ${messageOf(error)}`);
    }
  }
}
