import { Injectable } from '@nestjs/common';
import type { Scope } from '../../kernel/scope.js';
import type { Found, FoundPrompt, FoundResource, FoundServer, FoundTool, Position } from './found.js';
import {
  MOST_NAMES,
  MOST_RESULTS,
  type PromptQuery,
  type ResourceQuery,
  type ServerQuery,
  type ToolQuery,
} from './queries.js';
import { FoundServersRepository, withCapabilities } from './repositories/found-servers.repository.js';
import { PromptsRepository } from './repositories/prompts.repository.js';
import { ofType, ResourcesRepository } from './repositories/resources.repository.js';
import { ToolsRepository } from './repositories/tools.repository.js';
import { PROMPTS, RESOURCES, SERVERS, type SearchTarget, TOOLS } from './search/search-targets.js';
import { TextSearch, type TextSearchOptions } from './search/text-search.js';

/** What a query of any kind asks for beside its names and text. */
interface Wanted {
  readonly limit: number;
  readonly after: Position | undefined;
  readonly includeInactive: boolean;
}

interface Identified {
  readonly id: string;
  readonly name: string;
}

/**
 * Finds what servers offer: by exact names, else by free text, else in the order of names. Only latest
 * versions; only active servers' unless `includeInactive`. What nobody offers is an empty answer.
 */
@Injectable()
export class DiscoveryService {
  constructor(
    private readonly toolsRepository: ToolsRepository,
    private readonly resourcesRepository: ResourcesRepository,
    private readonly promptsRepository: PromptsRepository,
    private readonly serversRepository: FoundServersRepository,
    private readonly textSearch: TextSearch,
  ) {}

  async tools(scope: Scope, query: ToolQuery): Promise<Found<FoundTool>> {
    const wanted = wantedBy(query);
    const names = namesOf(query.names);
    if (names.length > 0) {
      const found = await this.toolsRepository.pageOfNames(scope, names, query.match ?? 'all', oneMore(wanted));
      return this.#offered(scope, paged(found, wanted));
    }
    if (query.text !== undefined) {
      const byIds = (ids: string[]): Promise<FoundTool[]> => this.toolsRepository.byIds(scope, ids);
      return this.#offered(scope, await this.#ranked(scope, TOOLS, query.text, wanted, byIds));
    }
    return this.#offered(scope, paged(await this.toolsRepository.pageByName(scope, oneMore(wanted)), wanted));
  }

  async resources(scope: Scope, query: ResourceQuery): Promise<Found<FoundResource>> {
    const wanted = wantedBy(query);
    const filter = query.type === undefined ? undefined : ofType(storable(query.type));
    const names = namesOf(query.names);
    if (names.length > 0) {
      const kind = names.every((name) => /^[a-z][a-z0-9+.-]*:/i.test(name)) ? 'uris' : 'names';
      const page = { ...oneMore(wanted), filter };
      const found = await this.resourcesRepository.pageOf(scope, kind, names, query.match ?? 'all', page);
      return this.#offered(scope, paged(found, wanted));
    }
    if (query.text !== undefined) {
      const byIds = (ids: string[]): Promise<FoundResource[]> => this.resourcesRepository.byIds(scope, ids);
      return this.#offered(scope, await this.#ranked(scope, RESOURCES, query.text, { ...wanted, filter }, byIds));
    }
    const found = await this.resourcesRepository.pageByName(scope, { ...oneMore(wanted), filter });
    return this.#offered(scope, paged(found, wanted));
  }

  async prompts(scope: Scope, query: PromptQuery): Promise<Found<FoundPrompt>> {
    const wanted = wantedBy(query);
    const names = namesOf(query.names);
    if (names.length > 0) {
      const found = await this.promptsRepository.pageOfNames(scope, names, query.match ?? 'all', oneMore(wanted));
      return this.#offered(scope, paged(found, wanted));
    }
    if (query.text !== undefined) {
      const byIds = (ids: string[]): Promise<FoundPrompt[]> => this.promptsRepository.byIds(scope, ids);
      return this.#offered(scope, await this.#ranked(scope, PROMPTS, query.text, wanted, byIds));
    }
    return this.#offered(scope, paged(await this.promptsRepository.pageByName(scope, oneMore(wanted)), wanted));
  }

  async servers(scope: Scope, query: ServerQuery): Promise<Found<FoundServer>> {
    const wanted = wantedBy(query);
    const capabilities = namesOf(query.capabilities);
    const filter = capabilities.length === 0 ? undefined : withCapabilities(capabilities);
    if (query.text !== undefined) {
      const byIds = (ids: string[]): Promise<FoundServer[]> => this.serversRepository.byIds(scope, ids);
      const ranked = await this.#ranked(scope, SERVERS, query.text, { ...wanted, filter }, byIds);
      return { ...ranked, servers: ranked.items };
    }
    const page = paged(await this.serversRepository.pageByName(scope, { ...oneMore(wanted), filter }), wanted);
    return { ...page, servers: page.items };
  }

  async #ranked<T extends Identified>(
    scope: Scope,
    target: SearchTarget,
    text: string,
    options: TextSearchOptions,
    byIds: (ids: string[]) => Promise<T[]>,
  ): Promise<{ items: (T & { score: number })[]; next: null }> {
    const { limit, includeInactive, filter } = options;
    const ranked = await this.textSearch.search(scope, target, text, { limit, includeInactive, filter });
    const found = new Map((await byIds(ranked.map(({ id }) => id))).map((item) => [item.id, item]));
    const items = ranked.flatMap(({ id, score }) => {
      const item = found.get(id);
      return item ? [{ ...item, score }] : [];
    });
    return { items, next: null };
  }

  async #offered<T extends Identified & { readonly server: { readonly id: string } }>(
    scope: Scope,
    page: { readonly items: readonly T[]; readonly next: Position | null },
  ): Promise<Found<T>> {
    const ids = [...new Set(page.items.map(({ server }) => server.id))];
    const servers = new Map((await this.serversRepository.byIds(scope, ids)).map((server) => [server.id, server]));
    return { ...page, servers: ids.flatMap((id) => servers.get(id) ?? []) };
  }
}

function wantedBy(query: ToolQuery): Wanted {
  return {
    limit: Math.max(1, Math.min(query.limit, MOST_RESULTS)),
    after: query.after,
    includeInactive: query.includeInactive ?? false,
  };
}

function namesOf(names: readonly string[] | undefined): string[] {
  return [...new Set(names)].slice(0, MOST_NAMES).map(storable);
}

/** PostgreSQL refuses NUL: no stored name has it, and this one must match none. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}

/** One more than a page holds says whether there is a next one. */
function oneMore(wanted: Wanted): Wanted {
  return { ...wanted, limit: wanted.limit + 1 };
}

function paged<T extends Identified>(found: readonly T[], { limit }: Wanted): { items: T[]; next: Position | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last ? { name: last.name, id: last.id } : null };
}
