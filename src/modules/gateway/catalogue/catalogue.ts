import { Injectable } from '@nestjs/common';
import type { ListField } from '../../../mcp/envelope.js';
import { compileParamHeaders, type ParamHeader } from '../../../mcp/param-headers.js';
import { CatalogueMemory } from './catalogue-memory.js';
import { CatalogueRepository, type DefinitionRows } from './catalogue.repository.js';
import { byName } from './list-order.js';
import { PerServer } from './per-server.js';
import type { RoutedServer } from './routed-server.js';
import { RouteTable } from './route-table.js';
import { namesOf, NO_NAMES, type ServerNames } from './server-names.js';

export interface CatalogueTool {
  readonly name: string;
  readonly definitionHash: string;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly paramHeaders: readonly ParamHeader[];
  /** Its `x-mcp-header` annotations are in order; a tool with broken ones is not for modern clients. */
  readonly validHeaders: boolean;
}

export interface CatalogueEntry {
  /** Name, URI or URI template. */
  readonly name: string;
  readonly definition: Readonly<Record<string, unknown>>;
}

/** What one server offers, as it said itself, each in the order of names. */
export interface ServerCatalogue {
  readonly tools: ReadonlyMap<string, CatalogueTool>;
  readonly prompts: ReadonlyMap<string, CatalogueEntry>;
  readonly resources: ReadonlyMap<string, CatalogueEntry>;
  readonly templates: ReadonlyMap<string, CatalogueEntry>;
  readonly lists: Readonly<Record<ListField, readonly (CatalogueEntry | CatalogueTool)[]>>;
  /** About what it costs in memory. */
  readonly bytes: number;
}

/** One server may have 64 MiB of definitions: few at once. Names are small. */
const DEFINITIONS_BATCH = 16;
const NAMES_BATCH = 200;
const SERVER_COST = 1000;

const NOTHING: ServerCatalogue = {
  tools: new Map(),
  prompts: new Map(),
  resources: new Map(),
  templates: new Map(),
  lists: { tools: [], prompts: [], resources: [], resourceTemplates: [] },
  bytes: SERVER_COST,
};

/** What servers offer: names and definitions, loaded on first use and kept within a bound in bytes. */
@Injectable()
export class Catalogue {
  readonly #definitions: PerServer<ServerCatalogue>;
  readonly #names: PerServer<ServerNames>;

  constructor(repository: CatalogueRepository, memory: CatalogueMemory, routes: RouteTable) {
    this.#definitions = new PerServer(memory, DEFINITIONS_BATCH, NOTHING, async (ids) =>
      mapped(await repository.definitionsOf(ids), catalogueOf),
    );
    this.#names = new PerServer(memory, NAMES_BATCH, NO_NAMES, async (ids) =>
      mapped(await repository.namesOf(ids), namesOf),
    );
    routes.onChange(({ kind, serverId }) => {
      for (const known of [this.#definitions, this.#names]) {
        if (kind === 'reset') known.clear();
        else if (kind !== 'health') known.forget(serverId);
      }
    });
  }

  /** At once when warm; callers that miss together share one load. */
  of(server: RoutedServer): ServerCatalogue | Promise<ServerCatalogue> {
    return this.#definitions.of(server.id);
  }

  /** By server id. */
  ofAll(serverIds: readonly string[]): Promise<ReadonlyMap<string, ServerCatalogue>> {
    return this.#definitions.ofAll(serverIds);
  }

  /** By server id. */
  namesOf(serverIds: readonly string[]): Promise<ReadonlyMap<string, ServerNames>> {
    return this.#names.ofAll(serverIds);
  }
}

/** Objects take about this many times the bytes of their JSON. */
const MEMORY_FACTOR = 3;

function catalogueOf(rows: DefinitionRows): ServerCatalogue {
  const tools = rows.tools.map(({ name, hash, definition }) => {
    const headers = compileParamHeaders(definition['inputSchema']);
    return { name, definitionHash: hash, definition, paramHeaders: headers.headers, validHeaders: headers.valid };
  });
  const lists = {
    tools: tools.sort(byName),
    prompts: rows.prompts.sort(byName),
    resources: rows.resources.sort(byName),
    resourceTemplates: rows.templates.sort(byName),
  };
  const json = JSON.stringify([rows.tools, rows.prompts, rows.resources, rows.templates]);
  return {
    tools: named(tools),
    prompts: named(rows.prompts),
    resources: named(rows.resources),
    templates: named(rows.templates),
    lists,
    bytes: SERVER_COST + json.length * MEMORY_FACTOR,
  };
}

function named<T extends { readonly name: string }>(entries: readonly T[]): ReadonlyMap<string, T> {
  return new Map(entries.map((entry) => [entry.name, entry]));
}

function mapped<A, B>(all: ReadonlyMap<string, A>, to: (one: A) => B): ReadonlyMap<string, B> {
  return new Map([...all].map(([id, one]) => [id, to(one)]));
}
