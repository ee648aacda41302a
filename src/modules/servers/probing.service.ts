import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ChangeFeed } from '../../database/change-feed.js';
import { Egress } from '../../egress/egress.js';
import { messageOf } from '../../kernel/app-error.js';
import { Clock } from '../../kernel/clock.js';
import { isServerActive } from '../../kernel/words.js';
import { ChildrenRepository, resourceKey } from './children.repository.js';
import { difference, promptRow, resourceRow, type SyncCounts, toolRow } from './child-definitions.js';
import { type CheckedServer, HealthRepository } from './health/health.repository.js';
import { nextHealth } from './health/status-transition.js';
import { probe, type ProbeResult } from './probe/probe.js';
import { indexTools, searchAudience } from './search/search-index.js';
import { searchDocument } from './search/search-document.js';
import type { ServerRecord } from './server-record.js';
import { ServersRepository } from './servers.repository.js';

/** What a probe did to the catalogue. */
export interface SyncReport {
  readonly tools: SyncCounts;
  readonly resources: SyncCounts;
  readonly prompts: SyncCounts;
  /** Items that were skipped, and why. */
  readonly problems: readonly string[];
}

const PROBE_DEADLINE_MS = 10_000;
/** Above the probe's own limit, which says it better. */
const RESPONSE_BYTES = 16 * 1024 * 1024;

/** Connects to a server, reads its lists, and makes the catalogue equal to them. */
@Injectable()
export class ProbingService {
  readonly #log = new Logger(ProbingService.name);

  constructor(
    private readonly servers: ServersRepository,
    private readonly children: ChildrenRepository,
    private readonly health: HealthRepository,
    private readonly egress: Egress,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
  ) {}

  /**
   * Probes the server and stores what came of it, a failure included; that one is in its `lastError`.
   * @returns what changed, or `undefined` when the server could not be read.
   */
  async probeAndSync(server: ServerRecord, signal?: AbortSignal): Promise<SyncReport | undefined> {
    if (server.url === null || (server.transportType !== 'streamable-http' && server.transportType !== 'sse')) {
      return undefined;
    }
    const target = { url: server.url, transportType: server.transportType };
    try {
      const result = await probe(target, {
        fetch: this.egress.createFetch({ maxResponseBytes: RESPONSE_BYTES }),
        deadlineMs: PROBE_DEADLINE_MS,
        ...(signal ? { signal } : {}),
      });
      return await this.#storeSuccess(server, result);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ProbeError') throw error;
      await this.#storeFailure(server, messageOf(error));
      return undefined;
    }
  }

  async #storeFailure(server: ServerRecord, message: string): Promise<void> {
    const checked = this.#outcome(server, false, null, message);
    await this.feed.write('servers.probe_failed', async (manager, changes) => {
      for (const { server: changed } of await this.health.write(manager, [checked])) {
        await this.children.setActive(manager, [changed.id], isServerActive(server.lifecycle, checked.status));
        changes.push({ tenantId: changed.tenantId, serverId: changed.id, kind: 'health' });
      }
    });
    await this.#record(checked);
  }

  async #storeSuccess(server: ServerRecord, result: ProbeResult): Promise<SyncReport | undefined> {
    const problems =
      result.problems.length === 0 ? null : `Read with problems: ${result.problems.join('; ')}`.slice(0, 2000);
    const checked = this.#outcome(server, true, result.responseTimeMs, problems);
    const report = await this.feed.write('servers.sync', async (manager, changes) => {
      const current = await this.servers.lock(manager, server.id);
      // Deleted or moved while the probe was under way: what was read is no longer about this entry.
      if (!current || current.url !== server.url) return undefined;
      await this.servers.update(manager, server.id, {
        capabilities: result.capabilities,
        eras: result.eras,
        upstreamVersion: result.serverInfo.version,
        instructions: result.instructions ?? null,
      });
      const [transition] = await this.health.write(manager, [
        { ...checked, server: { ...checked.server, status: current.status } },
      ]);
      const status = current.status === 'maintenance' ? current.status : checked.status;
      const active = isServerActive(current.lifecycle, status);
      const synced = await this.#sync(manager, current, active, result);
      if (transition) await this.children.setActive(manager, [server.id], active);
      await this.health.markSynced(manager, server.id, this.clock.now(), result.fingerprint);
      const { tools, resources, prompts } = synced;
      const touched = [tools, resources, prompts].some(({ added, changed, removed }) => added + changed + removed > 0);
      if (touched || transition || current.lastSyncedAt === null) {
        changes.push({ tenantId: server.tenantId, serverId: server.id, kind: touched ? 'children' : 'health' });
      }
      return synced;
    });
    await this.#record(checked);
    return report && { ...report, problems: result.problems };
  }

  async #sync(
    manager: EntityManager,
    server: ServerRecord,
    active: boolean,
    result: ProbeResult,
  ): Promise<Omit<SyncReport, 'problems'>> {
    const owner = { id: server.id, tenantId: server.tenantId, active };

    const tools = difference(
      await this.children.hashes(manager, 'server_tools', server.id),
      result.tools.map((tool) => toolRow(tool.raw)),
      (row) => row.toolName,
    );
    const toolIds = await this.children.writeTools(manager, owner, tools);
    await indexTools(
      manager,
      tools.upserts.map((row, i) => ({
        toolId: toolIds[i] ?? '',
        tenantId: server.tenantId,
        audience: searchAudience(server),
        document: searchDocument({ ...row, server }),
      })),
    );

    const resources = difference(
      await this.children.hashes(manager, 'server_resources', server.id),
      [...result.resources, ...result.resourceTemplates].map((resource) => resourceRow(resource.raw)),
      resourceKey,
    );
    await this.children.writeResources(manager, owner, resources);

    const prompts = difference(
      await this.children.hashes(manager, 'server_prompts', server.id),
      result.prompts.map((prompt) => promptRow(prompt.raw)),
      (row) => row.promptName,
    );
    await this.children.writePrompts(manager, owner, prompts);
    return { tools: tools.counts, resources: resources.counts, prompts: prompts.counts };
  }

  #outcome(server: ServerRecord, ok: boolean, responseTimeMs: number | null, error: string | null): CheckedServer {
    const { id, tenantId, status, lastRecordedAt } = server;
    return {
      server: { id, tenantId, status, url: server.url ?? '', lastRecordedAt },
      checkedAt: this.clock.now(),
      ...nextHealth(server, ok),
      responseTimeMs,
      error,
    };
  }

  async #record(checked: CheckedServer): Promise<void> {
    try {
      await this.health.record([checked]);
    } catch (error) {
      this.#log.warn(`The health history could not be written: ${messageOf(error)}`);
    }
  }
}
