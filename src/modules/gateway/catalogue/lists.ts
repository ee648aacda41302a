import { Injectable } from '@nestjs/common';
import { CursorCodec } from '../../../http/cursor.js';
import { type Scope, scopeKey } from '../../../kernel/scope.js';
import { encodeList, type ListField } from '../../../mcp/envelope.js';
import { exposedName } from '../../../mcp/names.js';
import { parseMountedUri } from '../../../mcp/mounted-uri.js';
import type { Era } from '../../../mcp/versions.js';
import { type AggregateIndex, buildAggregate, type Definition, marked } from './aggregate-index.js';
import { Catalogue, type CatalogueTool, type ServerCatalogue } from './catalogue.js';
import type { RoutedServer } from './routed-server.js';
import { RouteTable } from './route-table.js';

interface Encoded {
  readonly revision: string;
  readonly pages: Map<string, Buffer>;
}

interface HeldAggregate extends Encoded {
  readonly index: AggregateIndex;
}

export const PAGE_SIZE = 1000;
const HELD_AGGREGATES = 100;
const HELD_SERVERS = 500;

/** Lists as bytes: encoded once for each revision of what a scope sees, then served as they are. */
@Injectable()
export class CatalogueLists {
  readonly #aggregates = new Map<string, HeldAggregate | Promise<HeldAggregate>>();
  readonly #servers = new Map<string, Encoded>();

  constructor(
    private readonly routes: RouteTable,
    private readonly catalogue: Catalogue,
    private readonly cursors: CursorCodec,
  ) {
    routes.onChange(({ serverId }) => this.#servers.delete(serverId));
  }

  /** One server's list under its own names. @throws AppError for a cursor that is not of this list. */
  async ofServer(server: RoutedServer, field: ListField, era: Era, cursor?: string): Promise<Buffer> {
    const catalogue = await this.catalogue.of(server);
    const held = this.#encodedOf(server);
    return this.#page(held, field, era, cursor, ['mcp', server.id, field], () =>
      definitionsOf(catalogue, field, era).map((definition) => marked(server, definition)),
    );
  }

  /** The list of all visible servers, under exposed names. */
  async ofAll(scope: Scope, field: ListField, era: Era, cursor?: string): Promise<Buffer> {
    const held = await this.#aggregate(scope);
    return this.#page(held, field, era, cursor, ['mcp', scopeKey(scope), field], () => {
      const all = held.index.lists[field];
      if (field !== 'tools' || era === 'legacy') return all;
      const broken = new Set([...held.index.tools].filter(([, { tool }]) => !tool.validHeaders).map(([name]) => name));
      return broken.size === 0 ? all : all.filter((definition) => !broken.has(String(definition['name'])));
    });
  }

  async tool(scope: Scope, exposed: string): Promise<{ server: RoutedServer; tool: CatalogueTool } | undefined> {
    const found = (await this.#aggregate(scope)).index.tools.get(exposed);
    return found && this.#current(scope, found);
  }

  /** A tool as {@link ofAll} shows it to clients of that era; undefined where it does not. */
  async shownTool(scope: Scope, serverId: string, name: string, era: Era): Promise<Definition | undefined> {
    const server = this.routes.byId(scope, serverId);
    const exposed = server && exposedName(server.alias, server.id, name);
    const found = exposed === undefined ? undefined : await this.tool(scope, exposed);
    if (!found || (era === 'modern' && !found.tool.validHeaders)) return undefined;
    return marked(found.server, { ...found.tool.definition, name: exposed });
  }

  async prompt(scope: Scope, exposed: string): Promise<{ server: RoutedServer; prompt: { name: string } } | undefined> {
    const found = (await this.#aggregate(scope)).index.prompts.get(exposed);
    const current = found && this.#current(scope, found);
    return current && { server: current.server, prompt: { name: current.name } };
  }

  /** A literal URI beats a template; of several templates the first server in alias order. */
  async resource(scope: Scope, uri: string): Promise<{ server: RoutedServer; uri: string } | undefined> {
    const { index } = await this.#aggregate(scope);
    const literal = index.resources.get(uri);
    if (literal) return this.#current(scope, literal);
    const mounted = parseMountedUri(uri);
    if (mounted) {
      const server = this.routes.visible(scope).find(({ alias }) => alias === mounted.alias);
      return server && { server, uri: mounted.uri };
    }
    const match = index.templates.find(({ template }) => template.name === uri || template.matches(uri));
    return match && this.#current(scope, { server: match.server, uri });
  }

  /** The index may be older than a health change: the server itself is the table's. */
  #current<T extends { readonly server: RoutedServer }>(scope: Scope, found: T): T | undefined {
    const server = this.routes.byId(scope, found.server.id);
    return server && { ...found, server };
  }

  #encodedOf(server: RoutedServer): Encoded {
    const revision = server.status;
    const known = this.#servers.get(server.id);
    if (known?.revision === revision) return known;
    const fresh = { revision, pages: new Map<string, Buffer>() };
    if (this.#servers.size >= HELD_SERVERS) this.#servers.clear();
    this.#servers.set(server.id, fresh);
    return fresh;
  }

  #aggregate(scope: Scope): HeldAggregate | Promise<HeldAggregate> {
    const key = scopeKey(scope);
    const revision = String(this.routes.revision(scope));
    const known = this.#aggregates.get(key);
    if (known && !(known instanceof Promise) && known.revision === revision) return known;
    if (known instanceof Promise)
      return known.then((held) => (held.revision === revision ? held : this.#build(scope, key)));
    return this.#build(scope, key);
  }

  #build(scope: Scope, key: string): Promise<HeldAggregate> {
    const revision = String(this.routes.revision(scope));
    const building = this.#load(scope).then((index) => {
      const held: HeldAggregate = { revision, index, pages: new Map() };
      if (this.#aggregates.get(key) === building) this.#aggregates.set(key, held);
      return held;
    });
    building.catch(() => {
      if (this.#aggregates.get(key) === building) this.#aggregates.delete(key);
    });
    if (this.#aggregates.size >= HELD_AGGREGATES) this.#aggregates.clear();
    this.#aggregates.set(key, building);
    return building;
  }

  async #load(scope: Scope): Promise<AggregateIndex> {
    const servers = [];
    for (const server of this.routes.visible(scope))
      servers.push({ server, catalogue: await this.catalogue.of(server) });
    return buildAggregate(servers);
  }

  #page(
    held: Encoded,
    field: ListField,
    era: Era,
    cursor: string | undefined,
    list: readonly string[],
    definitions: () => readonly Definition[],
  ): Buffer {
    const start = cursor === undefined ? 0 : Number(this.cursors.decode(cursor, list)[0]);
    const key = `${field} ${era} ${String(start)}`;
    const known = held.pages.get(key);
    if (known) return known;
    const all = definitions();
    const items = all.slice(start, start + PAGE_SIZE).map((definition) => Buffer.from(JSON.stringify(definition)));
    const end = start + PAGE_SIZE;
    const next = end < all.length ? this.cursors.encode([String(end)], list) : undefined;
    const page = encodeList(field, items, next);
    held.pages.set(key, page);
    return page;
  }
}

function definitionsOf(catalogue: ServerCatalogue, field: ListField, era: Era): Definition[] {
  switch (field) {
    case 'tools':
      return [...catalogue.tools.values()]
        .filter((tool) => era === 'legacy' || tool.validHeaders)
        .map((tool) => tool.definition);
    case 'prompts':
      return [...catalogue.prompts.values()].map((prompt) => prompt.definition);
    case 'resources':
      return [...catalogue.resources.values()].map((resource) => resource.definition);
    case 'resourceTemplates':
      return catalogue.templates.map((template) => template.definition);
  }
}
