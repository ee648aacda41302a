import { Injectable, Logger } from '@nestjs/common';
import { ChangeFeed } from '../../../database/change-feed.js';
import { Egress } from '../../../egress/egress.js';
import { messageOf } from '../../../kernel/app-error.js';
import { Clock } from '../../../kernel/clock.js';
import { systemScope } from '../../../kernel/scope.js';
import { isServerActive } from '../../../kernel/words.js';
import { ChildrenRepository } from '../children.repository.js';
import { checkHealth } from '../probe/check-health.js';
import { ProbeError } from '../probe/probe-error.js';
import { ProbingService } from '../probing.service.js';
import { ServersRepository } from '../servers.repository.js';
import { type CheckedServer, type DueServer, HealthRepository } from './health.repository.js';
import { nextHealth } from './status-transition.js';

interface Outcome {
  readonly checked: CheckedServer;
  /** The catalogue has to be read again. */
  readonly syncDue: boolean;
}

const SYNC_EVERY_MS = 3_600_000;
const RESPONSE_BYTES = 16 * 1024 * 1024;

/** Checks servers that are due, and writes what it found in one batch. */
@Injectable()
export class HealthCheckService {
  readonly #log = new Logger(HealthCheckService.name);

  constructor(
    private readonly health: HealthRepository,
    private readonly children: ChildrenRepository,
    private readonly servers: ServersRepository,
    private readonly probing: ProbingService,
    private readonly egress: Egress,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
  ) {}

  /** All of `due` at once: the caller bounds their number. */
  async check(due: readonly DueServer[], deadlineMs: number, signal?: AbortSignal): Promise<void> {
    const outcomes = await Promise.all(due.map((server) => this.#checkOne(server, deadlineMs, signal)));
    // What was cut short by our own shutdown says nothing about the servers.
    if (signal?.aborted === true) return;
    const checked = outcomes.map((outcome) => outcome.checked);
    const lifecycles = new Map(due.map((server) => [server.id, server.lifecycle]));
    await this.feed.write('health.write', async (manager, changes) => {
      const changed = await this.health.write(manager, checked);
      for (const active of [true, false]) {
        const ids = changed
          .filter(({ server, status }) => isServerActive(lifecycles.get(server.id) ?? 'active', status) === active)
          .map(({ server }) => server.id);
        await this.children.setActive(manager, ids, active);
      }
      for (const { server } of changed)
        changes.push({ tenantId: server.tenantId, serverId: server.id, kind: 'health' });
    });
    await this.health.record(checked).catch((error: unknown) => {
      this.#log.warn(`The health history could not be written: ${messageOf(error)}`);
    });
    const syncDue = outcomes.filter((outcome) => outcome.syncDue).map((outcome) => outcome.checked.server.id);
    await Promise.all(syncDue.map((id) => this.#sync(id, signal)));
  }

  async #checkOne(server: DueServer, deadlineMs: number, signal?: AbortSignal): Promise<Outcome> {
    const transportType = server.transportType === 'sse' ? 'sse' : 'streamable-http';
    // A server that nobody has read yet may speak either era: the full probe finds out.
    const eras =
      server.lastSyncedAt === null && server.eras.modern === undefined ? { legacy: ['2025-11-25'] } : server.eras;
    try {
      const result = await checkHealth(
        { url: server.url, transportType, eras },
        {
          fetch: this.egress.createFetch({ maxResponseBytes: RESPONSE_BYTES }),
          deadlineMs,
          ...(signal ? { signal } : {}),
        },
      );
      const lastSyncMs = server.lastSyncedAt?.getTime() ?? 0;
      const old = this.clock.nowMs() - lastSyncMs >= SYNC_EVERY_MS;
      const syncDue = old || result.listChanged || result.fingerprint !== server.fingerprint;
      return { checked: this.#outcome(server, true, result.responseTimeMs, null), syncDue };
    } catch (error) {
      // It answers, only not in that era any more: the full probe decides what it is.
      const answers = error instanceof ProbeError && error.code === 'era_changed';
      return { checked: this.#outcome(server, answers, null, answers ? null : messageOf(error)), syncDue: answers };
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

  #outcome(server: DueServer, ok: boolean, responseTimeMs: number | null, error: string | null): CheckedServer {
    return { server, checkedAt: this.clock.now(), ...nextHealth(server, ok), responseTimeMs, error };
  }
}
