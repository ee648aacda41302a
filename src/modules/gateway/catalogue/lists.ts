import { Injectable } from '@nestjs/common';
import { CursorCodec } from '../../../http/cursor.js';
import { type Scope, scopeKey } from '../../../kernel/scope.js';
import { encodeList, type ListField } from '../../../mcp/envelope.js';
import { parseMountedUri } from '../../../mcp/mounted-uri.js';
import { exposedName } from '../../../mcp/names.js';
import { toLegacyTool, withoutForeignOutput } from '../../../mcp/translate/legacy-to-modern/legacy-tool.js';
import { toModernTool } from '../../../mcp/translate/modern-to-legacy/modern-tool.js';
import type { Era } from '../../../mcp/versions.js';
import { envelope, LIST_TTL_MS } from '../own-answers.js';
import type { Mounted } from './aggregate-index.js';
import { AggregateIndexes } from './aggregate-indexes.js';
import { CatalogueMemory } from './catalogue-memory.js';
import { Catalogue, type CatalogueEntry, type CatalogueTool, type ServerCatalogue } from './catalogue.js';
import { EncodedPages } from './encoded-pages.js';
import { ListCursors } from './list-order.js';
import { isModernOnly, type RoutedServer } from './routed-server.js';
import { RouteTable } from './route-table.js';
import { type Definition, marked } from './stale-mark.js';

export const PAGE_SIZE = 1000;

/** The member of a definition that the aggregate exposes under another name. */
const NAMED_BY = { tools: 'name', prompts: 'name', resources: 'uri', resourceTemplates: 'uriTemplate' } as const;

/**
 * Lists as bytes, in the order of aliases and names, so that a cursor holds while the catalogue changes:
 * encoded once for each revision of what a scope sees, then served as they are.
 */
@Injectable()
export class CatalogueLists {
  readonly #ofServers = new Map<string, { readonly status: string; readonly pages: EncodedPages }>();
  readonly #cursors: ListCursors;

  constructor(
    private readonly routes: RouteTable,
    private readonly catalogue: Catalogue,
    private readonly aggregates: AggregateIndexes,
    private readonly memory: CatalogueMemory,
    codec: CursorCodec,
  ) {
    this.#cursors = new ListCursors(codec);
    routes.onChange(({ serverId, kind }) => {
      const gone = kind === 'reset' ? [...this.#ofServers.keys()] : [serverId];
      for (const id of gone) this.#dropPages(id);
    });
  }

  /** The result of a list of one server, under its own names. @throws AppError for a cursor that is not of this list. */
  async ofServer(server: RoutedServer, field: ListField, era: Era, cursor?: string): Promise<Buffer> {
    const pages = this.#pagesOf(server);
    const all = (await this.catalogue.of(server)).lists[field];
    const list = ['mcp by name', server.id, field];
    const start = this.#cursors.startOf(cursor, all, list);
    const end = start + PAGE_SIZE;
    return pages.of(`${field} ${era} ${String(start)}`, () => {
      const shown = all.slice(start, end).filter((entry) => isFor(server, era, entry));
      const definitions = shown.map((entry) => marked(server, inEra(server, field, era, entry)));
      return Promise.resolve(encoded(field, era, definitions, this.#cursors.next(all, end, list)));
    });
  }

  /** The result of a list of all visible servers, under exposed names. @throws AppError for a cursor that is not of this list. */
  async ofAll(scope: Scope, field: ListField, era: Era, cursor?: string): Promise<Buffer> {
    const { index, pages } = await this.aggregates.of(scope);
    const all = index.lists[field];
    const list = ['mcp by name', scopeKey(scope), field];
    const start = this.#cursors.startOf(cursor, all, list);
    const end = start + PAGE_SIZE;
    return pages.of(`${field} ${era} ${String(start)}`, async () => {
      const definitions = await this.#definitionsOf(all.slice(start, end), field, era);
      return encoded(field, era, definitions, this.#cursors.next(all, end, list));
    });
  }

  async tool(scope: Scope, exposed: string): Promise<{ server: RoutedServer; tool: CatalogueTool } | undefined> {
    const found = (await this.aggregates.of(scope)).index.tools.get(exposed);
    const server = found && this.routes.byId(scope, found.server.id);
    const tool = server && (await this.catalogue.of(server)).tools.get(found.name);
    return tool && { server, tool };
  }

  /** These tools as {@link ofAll} shows them to clients of that era, in their order; those that it does not show are left out. */
  shownTools(
    scope: Scope,
    tools: readonly { readonly serverId: string; readonly name: string }[],
    era: Era,
  ): Promise<Definition[]> {
    const mounted = tools.flatMap(({ serverId, name }) => {
      const server = this.routes.byId(scope, serverId);
      if (!server?.isLatest) return [];
      const { alias, id } = server;
      return [{ server, alias, name, exposed: exposedName(alias, id, name) }];
    });
    return this.#definitionsOf(mounted, 'tools', era);
  }

  async prompt(scope: Scope, exposed: string): Promise<{ server: RoutedServer; prompt: { name: string } } | undefined> {
    const found = (await this.aggregates.of(scope)).index.prompts.get(exposed);
    const server = found && this.routes.byId(scope, found.server.id);
    return server && { server, prompt: { name: found.name } };
  }

  /** A literal URI beats a template; of several templates the first server in alias order. */
  async resource(scope: Scope, uri: string): Promise<{ server: RoutedServer; uri: string } | undefined> {
    const { index } = await this.aggregates.of(scope);
    const literal = index.resources.get(uri);
    if (literal) return this.#current(scope, literal.server, literal.name);
    const mounted = parseMountedUri(uri);
    if (mounted) {
      const server = this.routes.visible(scope).find(({ alias }) => alias === mounted.alias);
      return server && { server, uri: mounted.uri };
    }
    const match = index.templates.find(({ template }) => template.name === uri || template.matches(uri));
    return match && this.#current(scope, match.server, uri);
  }

  /** The index may be older than a health change: the server itself is the table's. */
  #current(scope: Scope, { id }: RoutedServer, uri: string): { server: RoutedServer; uri: string } | undefined {
    const server = this.routes.byId(scope, id);
    return server && { server, uri };
  }

  /** What vanished since the index was built is left out: the next revision is on its way. */
  async #definitionsOf(mounted: readonly Mounted[], field: ListField, era: Era): Promise<Definition[]> {
    const catalogues = await this.catalogue.ofAll([...new Set(mounted.map(({ server }) => server.id))]);
    return mounted.flatMap(({ server, name, exposed }) => {
      const catalogue = catalogues.get(server.id);
      const entry = catalogue && membersOf(catalogue, field).get(name);
      if (!entry || !isFor(server, era, entry)) return [];
      return [marked(server, { ...inEra(server, field, era, entry), [NAMED_BY[field]]: exposed })];
    });
  }

  #pagesOf({ id, status }: RoutedServer): EncodedPages {
    const known = this.#ofServers.get(id);
    if (known?.status === status) return known.pages;
    this.#dropPages(id);
    const pages = new EncodedPages(this.memory);
    this.#ofServers.set(id, { status, pages });
    return pages;
  }

  #dropPages(serverId: string): void {
    this.#ofServers.get(serverId)?.pages.drop();
    this.#ofServers.delete(serverId);
  }
}

type Entry = CatalogueEntry | CatalogueTool;

function membersOf(catalogue: ServerCatalogue, field: ListField): ReadonlyMap<string, Entry> {
  return field === 'resourceTemplates' ? catalogue.templates : catalogue[field];
}

/** A tool whose header annotations are broken cannot be called in the modern era, whoever calls it. */
function isFor(server: RoutedServer, era: Era, entry: Entry): boolean {
  return !('validHeaders' in entry) || entry.validHeaders || (era === 'legacy' && !isModernOnly(server));
}

/** A definition as clients of this era can read it. */
function inEra(server: RoutedServer, field: ListField, era: Era, { definition }: Entry): Definition {
  if (field !== 'tools') return definition;
  if (era === 'modern') return server.eras.modern === undefined ? toModernTool(definition) : definition;
  // Results of a server that speaks legacy too are its own, whatever they are.
  return isModernOnly(server) ? toLegacyTool(definition) : withoutForeignOutput(definition);
}

/** The whole result: to put a long one into an envelope for each request would copy it each time. */
function encoded(
  field: ListField,
  era: Era,
  definitions: readonly Definition[],
  nextCursor: string | undefined,
): Buffer {
  const items = definitions.map((definition) => Buffer.from(JSON.stringify(definition)));
  const list = encodeList(field, items, nextCursor);
  return era === 'modern' ? envelope.modern(list, { ttlMs: LIST_TTL_MS }) : list;
}
