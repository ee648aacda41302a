import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Change, ChangeFeed } from '../../database/change-feed.js';
import { isUniqueViolation } from '../../database/database-errors.js';
import { Egress } from '../../egress/egress.js';
import { parseEndpoint } from '../../egress/endpoint-url.js';
import { UnresolvableError } from '../../egress/egress-errors.js';
import { AppError } from '../../kernel/app-error.js';
import type { Caller } from '../../kernel/caller.js';
import { Clock } from '../../kernel/clock.js';
import { type Principal, scopeOf } from '../../kernel/principal.js';
import { uuidv7 } from '../../kernel/uuid.js';
import { isServerActive, type Lifecycle, type TransportType, type Visibility } from '../../kernel/words.js';
import { AuditService } from '../audit/index.js';
import { ChildrenRepository } from './children.repository.js';
import type { Credential } from './credentials/credential.js';
import { UpstreamCredentials } from './credentials/upstream-credentials.js';
import { Server, type ServerSettings } from './entities/server.entity.js';
import { HealthRepository } from './health/health.repository.js';
import { checkNamespace } from './names.js';
import { Naming } from './naming.js';
import { checkMayManage, checkMayReassign } from './permissions.js';
import { ProbingService, type SyncReport } from './probing.service.js';
import { reindexTools } from './search/reindex.js';
import { searchAudience, setAudience } from './search/search-index.js';
import type { ServerRecord } from './server-record.js';
import { ServersRepository } from './servers.repository.js';

export interface Registration {
  readonly name: string;
  readonly endpointUrl: string;
  readonly transportType: TransportType;
  readonly version: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly tags: readonly string[];
  readonly alias?: string | undefined;
  readonly visibility: Visibility;
  readonly settings: ServerSettings;
  readonly credentials?: Credential | undefined;
  readonly autoDiscover: boolean;
}

/** Undefined: not given. Null: cleared. */
export interface ServerChanges {
  readonly title?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly endpointUrl?: string | undefined;
  readonly transportType?: TransportType | undefined;
  readonly visibility?: Visibility | undefined;
  readonly settings?: ServerSettings | undefined;
  readonly lifecycle?: Exclude<Lifecycle, 'deleted'> | undefined;
  readonly status?: 'maintenance' | 'unknown' | undefined;
  readonly owner?: string | undefined;
  readonly shared?: boolean | undefined;
}

export interface ProbedServer {
  readonly server: ServerRecord;
  readonly sync: SyncReport | null;
}

/** Registrations that choose the same alias at once: each time, one of them gets it. */
const ALIAS_ATTEMPTS = 10;

/** The registry's use cases. Each change is on record before its answer leaves. */
@Injectable()
export class ServersService {
  constructor(
    private readonly servers: ServersRepository,
    private readonly naming: Naming,
    private readonly children: ChildrenRepository,
    private readonly health: HealthRepository,
    private readonly probing: ProbingService,
    private readonly credentials: UpstreamCredentials,
    private readonly feed: ChangeFeed,
    private readonly egress: Egress,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  async find(principal: Principal, id: string): Promise<ServerRecord> {
    const server = await this.servers.findById(scopeOf(principal), id);
    if (!server) throw notFound(id);
    return server;
  }

  /**
   * Stores the entry, then reads the server. One that does not answer is registered as `unhealthy`.
   * @throws AppError `egress.denied` and `egress.invalid_url` (422), `servers.unsupported_transport` (422),
   *   `servers.already_registered`, `servers.alias_taken`, `servers.name_shared` (409)
   */
  register(caller: Caller, given: Registration): Promise<ProbedServer> {
    const intent = { caller, action: 'servers.register', serverName: given.name, era: 'rest' } as const;
    return this.audit.record(
      intent,
      async () => {
        checkNamespace(given.name);
        checkTransport(given.transportType);
        const url = await this.#checkedUrl(given.endpointUrl);
        const id = await this.#store(caller.principal, given, url);
        return this.#probed(caller.principal, id, given.autoDiscover);
      },
      ({ server }) => ({ serverId: server.id }),
    );
  }

  /** @throws AppError `servers.not_found`, `auth.forbidden`, and what `register` throws. */
  change(caller: Caller, id: string, changes: ServerChanges): Promise<ServerRecord> {
    return this.audit.record(
      { caller, action: 'servers.change', serverId: id, era: 'rest' },
      async () => {
        const { principal } = caller;
        const { tenantId, name } = await this.#managed(principal, id);
        checkMayReassign(principal, changes);
        if (changes.transportType !== undefined) checkTransport(changes.transportType);
        const url = changes.endpointUrl === undefined ? undefined : await this.#checkedUrl(changes.endpointUrl);
        const moved = await this.feed.write('servers.change', async (manager, feed) => {
          if (changes.shared !== undefined) await this.servers.lockName(manager, tenantId, name);
          return this.#apply(manager, feed, id, changes, url);
        });
        return (await this.#probed(principal, id, moved)).server;
      },
      (server) => ({ serverName: server.name }),
    );
  }

  remove(caller: Caller, id: string): Promise<void> {
    return this.audit.record({ caller, action: 'servers.delete', serverId: id, era: 'rest' }, async () => {
      const { tenantId, name } = await this.#managed(caller.principal, id);
      await this.feed.write('servers.delete', async (manager, changes) => {
        // Before the row, as every writer of a name does: else two of them wait for each other.
        await this.servers.lockName(manager, tenantId, name);
        const server = await this.servers.lock(manager, id);
        if (!server) throw notFound(id);
        await this.servers.entomb(manager, id, this.clock.now());
        changes.push({ tenantId: server.tenantId, serverId: id, kind: 'deleted' });
        await this.#settleLatest(manager, changes, server);
      });
    });
  }

  /** Probes and syncs now; what went wrong is in the server's `lastError`. */
  probe(caller: Caller, id: string): Promise<ProbedServer> {
    return this.audit.record({ caller, action: 'servers.probe', serverId: id, era: 'rest' }, async () => {
      await this.#managed(caller.principal, id);
      return this.#probed(caller.principal, id, true);
    });
  }

  async #managed(principal: Principal, id: string): Promise<ServerRecord> {
    const server = await this.find(principal, id);
    checkMayManage(principal, server);
    return server;
  }

  async #probed(principal: Principal, id: string, now: boolean): Promise<ProbedServer> {
    const server = await this.find(principal, id);
    if (!now) return { server, sync: null };
    const sync = (await this.probing.probeAndSync(server)) ?? null;
    return { server: await this.find(principal, id), sync };
  }

  /** The URL as it is stored. A name that does not resolve is no mistake: it may resolve later. */
  async #checkedUrl(text: string): Promise<string> {
    const url = parseEndpoint(text);
    try {
      await this.egress.check(url);
    } catch (error) {
      if (!(error instanceof UnresolvableError)) throw error;
    }
    return url.href;
  }

  async #store(principal: Principal, given: Registration, url: string): Promise<string> {
    const id = uuidv7();
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.feed.write('servers.register', (manager, changes) =>
          this.#insert(manager, changes, principal, { ...given, id, url }),
        );
        return id;
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        // An alias of our own making is only a matter of trying the next one.
        if (given.alias === undefined && attempt < ALIAS_ATTEMPTS) continue;
        throw new AppError(
          'conflict',
          'servers.alias_taken',
          'Another server took this alias at the same moment; try again.',
        );
      }
    }
  }

  async #insert(
    manager: EntityManager,
    changes: Change[],
    { tenantId, subject }: Principal,
    given: Registration & { readonly id: string; readonly url: string },
  ): Promise<void> {
    const now = this.clock.now();
    const { id, url, name, version, title, description, transportType, visibility, settings } = given;
    await this.servers.lockName(manager, tenantId, name);
    const alias = await this.naming.aliasFor(manager, tenantId, given);
    const server: Server = {
      id,
      tenantId,
      name,
      version,
      alias,
      title: title ?? null,
      description: description ?? null,
      url,
      transportType,
      status: 'unknown',
      lifecycle: 'active',
      isLatest: false,
      owner: subject,
      visibility,
      shared: false,
      tags: [...new Set(given.tags)],
      settings,
      capabilities: {},
      eras: {},
      upstreamVersion: null,
      instructions: null,
      serverJson: null,
      source: 'rest',
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    };
    await this.servers.insert(manager, server, now);
    if (given.credentials) await this.credentials.store(manager, { id, tenantId, url }, given.credentials);
    changes.push({ tenantId, serverId: id, kind: 'server' });
    await this.#settleLatest(manager, changes, server);
  }

  /** @returns whether the server is to be probed: it moved. */
  async #apply(
    manager: EntityManager,
    feed: Change[],
    id: string,
    changes: ServerChanges,
    url: string | undefined,
  ): Promise<boolean> {
    const now = this.clock.now();
    const server = await this.servers.lock(manager, id);
    if (!server) throw notFound(id);
    const { endpointUrl: _given, shared, settings, tags, ...plain } = changes;
    const moved =
      (url !== undefined && url !== server.url) ||
      (changes.transportType !== undefined && changes.transportType !== server.transportType);
    const status = changes.status ?? (moved && server.status !== 'maintenance' ? 'unknown' : server.status);
    await this.servers.update(manager, id, {
      ...withoutUndefined(plain),
      ...(url === undefined ? {} : { url }),
      ...(tags === undefined ? {} : { tags: [...new Set(tags)] }),
      ...(settings === undefined ? {} : { settings: { ...server.settings, ...settings } }),
      ...(moved ? { eras: {} } : {}),
      status,
      updatedAt: now,
    });
    if (url !== undefined && originOf(url) !== originOf(server.url)) await this.credentials.remove(manager, id);
    if (moved) await this.health.startOver(manager, id, now);
    else if (status !== server.status && status === 'unknown') await this.health.setDue(manager, id, now);
    if (changes.title !== undefined || changes.description !== undefined) {
      await reindexTools(manager, {
        ...server,
        ...withoutUndefined({ title: changes.title, description: changes.description }),
      });
    }
    await this.children.setActive(manager, [id], isServerActive(changes.lifecycle ?? server.lifecycle, status));
    feed.push({ tenantId: server.tenantId, serverId: id, kind: 'server' });
    if (shared !== undefined && shared !== server.shared) await this.#share(manager, feed, server, shared);
    return moved && status !== 'maintenance';
  }

  /** Which version is the latest decides what discovery shows of a name. */
  async #settleLatest(
    manager: EntityManager,
    feed: Change[],
    { tenantId, name, shared }: Pick<Server, 'tenantId' | 'name' | 'shared'>,
  ): Promise<void> {
    for (const { id, isLatest } of await this.servers.settleLatest(manager, tenantId, name)) {
      await setAudience(manager, id, searchAudience({ tenantId, shared, isLatest }));
      if (feed.every((change) => change.serverId !== id)) feed.push({ tenantId, serverId: id, kind: 'server' });
    }
  }

  async #share(manager: EntityManager, feed: Change[], server: ServerRecord, shared: boolean): Promise<void> {
    if (shared && (await this.servers.conflictsWithSharing(manager, server))) {
      throw new AppError(
        'conflict',
        'servers.sharing_conflict',
        `${server.name} cannot be shared: another tenant has a server of that name or alias.`,
      );
    }
    for (const version of await this.servers.setShared(manager, server, shared)) {
      await setAudience(manager, version.id, searchAudience({ ...version, tenantId: server.tenantId, shared }));
      if (version.id !== server.id) feed.push({ tenantId: server.tenantId, serverId: version.id, kind: 'server' });
    }
  }
}

function notFound(id: string): AppError {
  return new AppError('not_found', 'servers.not_found', `There is no server ${id}, or you may not see it.`);
}

function originOf(url: string | null): string | undefined {
  return url === null ? undefined : new URL(url).origin;
}

function checkTransport(transport: TransportType): void {
  if (transport === 'streamable-http' || transport === 'sse') return;
  throw new AppError(
    'unprocessable',
    'servers.unsupported_transport',
    `The transport ${transport} cannot be reached from here yet; use streamable-http or sse.`,
    { violations: [{ path: 'transportType', message: 'use streamable-http or sse' }] },
  );
}

function withoutUndefined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}
