import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ChangeFeed } from '../../database/change-feed.js';
import { Egress } from '../../egress/egress.js';
import { Clock } from '../../kernel/clock.js';
import { isServerActive } from '../../kernel/words.js';
import { ChildrenRepository, resourceKey } from './children.repository.js';
import { difference, promptRow, resourceRow, type SyncCounts, toolRow } from './child-definitions.js';
import { UpstreamCredentials } from './credentials/upstream-credentials.js';
import { headersForProbe } from './credentials/headers-for-probe.js';
import { HealthRepository } from './health/health.repository.js';
import { HealthWriter } from './health/health-writer.js';
import { probe, type ProbeResult } from './probe/probe.js';
import { ProbeError } from './probe/probe-error.js';
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
  constructor(
    private readonly servers: ServersRepository,
    private readonly children: ChildrenRepository,
    private readonly health: HealthRepository,
    private readonly writer: HealthWriter,
    private readonly credentials: UpstreamCredentials,
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
    const { id, url, transportType } = server;
    try {
      const headers = await headersForProbe(this.credentials, { id, url });
      const result = await probe(
        { url, transportType, ...headers },
        {
          fetch: this.egress.createFetch({ maxResponseBytes: RESPONSE_BYTES }),
          deadlineMs: PROBE_DEADLINE_MS,
          ...(signal ? { signal } : {}),
        },
      );
      return await this.#storeSuccess(server, result);
    } catch (error) {
      if (!(error instanceof ProbeError)) throw error;
      // Our own shutdown says nothing about the server.
      if (signal?.aborted !== true) await this.#storeFailure(server, error.message);
      return undefined;
    }
  }

  async #storeFailure(server: ServerRecord, error: string): Promise<void> {
    const outcome = { server, checkedAt: this.clock.now(), ok: false, responseTimeMs: null, error };
    const checked = await this.feed.write('servers.probe_failed', (manager, changes) =>
      this.writer.write(manager, changes, [outcome]),
    );
    await this.writer.record(checked);
  }

  async #storeSuccess(server: ServerRecord, result: ProbeResult): Promise<SyncReport | undefined> {
    const error =
      result.problems.length === 0 ? null : `Read with problems: ${result.problems.join('; ')}`.slice(0, 2000);
    const { responseTimeMs, problems } = result;
    const outcome = { server, checkedAt: this.clock.now(), ok: true, responseTimeMs, error };
    const stored = await this.feed.write('servers.sync', async (manager, changes) => {
      const current = await this.servers.lock(manager, server.id);
      // Deleted or moved while the probe was under way: what was read is no longer about this entry.
      if (current?.url !== server.url || current.transportType !== server.transportType) return undefined;
      const said = {
        capabilities: result.capabilities,
        eras: result.eras,
        upstreamVersion: result.serverInfo.version,
        instructions: result.instructions ?? null,
      };
      const { capabilities, eras, upstreamVersion, instructions } = current;
      // As it is stored: without members that are undefined.
      const before = { capabilities, eras, upstreamVersion, instructions };
      const other = !isDeepStrictEqual(JSON.parse(JSON.stringify(said)), before);
      if (other) await this.servers.update(manager, server.id, said);
      const checked = await this.writer.write(manager, changes, [outcome]);
      const active = isServerActive(current.lifecycle, checked[0]?.status ?? current.status);
      const report = await this.#sync(manager, current, active, result);
      await this.health.markSynced(manager, server.id, this.clock.now(), result.fingerprint);
      const counts = [report.tools, report.resources, report.prompts];
      const touched = counts.some(({ added, changed, removed }) => added + changed + removed > 0);
      if (touched || current.lastSyncedAt === null) {
        changes.push({ tenantId: server.tenantId, serverId: server.id, kind: touched ? 'children' : 'health' });
      }
      // What it says of itself is with the routes: which era it is spoken to in, and what clients are told.
      if (other) changes.push({ tenantId: server.tenantId, serverId: server.id, kind: 'server' });
      return { checked, report };
    });
    if (!stored) return undefined;
    await this.writer.record(stored.checked);
    return { ...stored.report, problems };
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
      [
        ...result.resources.map((resource) => resourceRow(resource.raw, 'uri')),
        ...result.resourceTemplates.map((template) => resourceRow(template.raw, 'uriTemplate')),
      ],
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
}
