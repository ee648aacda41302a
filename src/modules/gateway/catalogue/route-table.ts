import { Injectable } from '@nestjs/common';
import type { CatalogueChangeKind } from '../../../database/catalogue-change.entity.js';
import { type CatalogueChangeRecord, ChangeFeed } from '../../../database/change-feed.js';
import { type Scope, scopeKey } from '../../../kernel/scope.js';
import { Readiness } from '../../monitoring/index.js';
import type { RoutedServer } from './routed-server.js';
import { RoutesRepository } from './routes.repository.js';

export interface RouteChange {
  readonly tenantId: string;
  readonly shared: boolean;
  readonly serverId: string;
  readonly kind: CatalogueChangeKind | 'reset';
}

const MEMOISED_SCOPES = 1000;

/** Every routable server, in memory: loaded before the service is ready, kept by the change feed. */
@Injectable()
export class RouteTable {
  readonly #byId = new Map<string, RoutedServer>();
  /** By tenant (`*`: shared with all), then by lower-case name: all versions of it. */
  readonly #byName = new Map<string, Map<string, RoutedServer[]>>();
  readonly #visible = new Map<string, readonly RoutedServer[]>();
  readonly #listeners: ((change: RouteChange) => void)[] = [];
  /** By tenant; `*` for what all tenants see. */
  readonly #revisions = new Map<string, number>();

  constructor(
    private readonly repository: RoutesRepository,
    feed: ChangeFeed,
    readiness: Readiness,
  ) {
    feed.listen({ onChanges: (changes) => this.#apply(changes), onReset: () => this.#reload() });
    readiness.beforeReady({ name: 'routes', run: () => this.#reload() });
  }

  get size(): number {
    return this.#byId.size;
  }

  onChange(listener: (change: RouteChange) => void): void {
    this.#listeners.push(listener);
  }

  byId(scope: Scope, id: string): RoutedServer | undefined {
    const server = this.#byId.get(id);
    return server && sees(scope, server) ? server : undefined;
  }

  /** `name` is its latest version, `name@version` that one; the scope's own before shared ones. */
  byName(scope: Scope, name: string): RoutedServer | undefined {
    const [plain = '', version] = name.split('@', 2);
    const key = plain.toLowerCase();
    const owners = scope.kind === 'system' ? [...this.#byName.keys()] : [scope.tenantId, SHARED];
    for (const owner of owners) {
      const versions = this.#byName.get(owner)?.get(key);
      const found = versions?.find((server) => (version === undefined ? server.isLatest : server.version === version));
      if (found) return found;
    }
    return undefined;
  }

  /** Latest versions in alias order; the same array until something changes. */
  visible(scope: Scope): readonly RoutedServer[] {
    const key = scopeKey(scope);
    const known = this.#visible.get(key);
    if (known) return known;
    const servers = [...this.#candidates(scope)]
      .filter((server) => server.isLatest)
      .sort((a, b) => (a.alias < b.alias ? -1 : a.alias > b.alias ? 1 : a.id < b.id ? -1 : 1));
    if (this.#visible.size >= MEMOISED_SCOPES) this.#visible.clear();
    this.#visible.set(key, servers);
    return servers;
  }

  /** Grows with each change that the scope can see. */
  revision(scope: Scope): number {
    const own = scope.kind === 'system' ? 0 : (this.#revisions.get(scope.tenantId) ?? 0);
    return own + (this.#revisions.get(SHARED) ?? 0);
  }

  *#candidates(scope: Scope): Generator<RoutedServer> {
    if (scope.kind === 'system') {
      yield* this.#byId.values();
      return;
    }
    for (const owner of [scope.tenantId, SHARED]) {
      for (const versions of this.#byName.get(owner)?.values() ?? []) yield* versions;
    }
  }

  async #apply(changes: readonly CatalogueChangeRecord[]): Promise<void> {
    const ids = [...new Set(changes.map((change) => change.serverId))];
    const rows = new Map((await this.repository.byIds(ids)).map((server) => [server.id, server]));
    const sharedBefore = new Map(ids.map((id) => [id, this.#byId.get(id)?.shared === true]));
    for (const id of ids) this.#replace(id, rows.get(id));
    for (const { tenantId, serverId, kind } of changes) {
      const shared = sharedBefore.get(serverId) === true || rows.get(serverId)?.shared === true;
      this.#touched(shared ? SHARED : tenantId);
      for (const listener of this.#listeners) listener({ tenantId, serverId, kind, shared });
    }
  }

  async #reload(): Promise<void> {
    const loaded = new Map<string, RoutedServer>();
    for await (const batch of this.repository.all()) for (const server of batch) loaded.set(server.id, server);
    for (const id of this.#byId.keys()) if (!loaded.has(id)) this.#replace(id, undefined);
    for (const server of loaded.values()) this.#replace(server.id, server);
    this.#touched(SHARED);
    for (const listener of this.#listeners) listener({ tenantId: '', serverId: '', kind: 'reset', shared: true });
  }

  #replace(id: string, next: RoutedServer | undefined): void {
    const former = this.#byId.get(id);
    if (former) {
      const names = this.#byName.get(ownerOf(former));
      const key = former.name.toLowerCase();
      const left = names?.get(key)?.filter((server) => server.id !== id) ?? [];
      if (left.length > 0) names?.set(key, left);
      else names?.delete(key);
      this.#byId.delete(id);
    }
    if (!next) return;
    this.#byId.set(id, next);
    const names = this.#byName.get(ownerOf(next)) ?? new Map<string, RoutedServer[]>();
    this.#byName.set(ownerOf(next), names);
    const key = next.name.toLowerCase();
    names.set(key, [...(names.get(key) ?? []), next]);
  }

  #touched(owner: string): void {
    this.#revisions.set(owner, (this.#revisions.get(owner) ?? 0) + 1);
    if (owner === SHARED) this.#visible.clear();
    else {
      this.#visible.delete(`t:${owner}`);
      this.#visible.delete('*');
    }
  }
}

/** Under which name shared servers stand: no tenant's id. */
const SHARED = '*';

function ownerOf(server: RoutedServer): string {
  return server.shared ? SHARED : server.tenantId;
}

function sees(scope: Scope, server: RoutedServer): boolean {
  return scope.kind === 'system' || server.shared || server.tenantId === scope.tenantId;
}
