import { Inject, Injectable } from '@nestjs/common';
import { compileParamHeaders, type ParamHeader } from '../../../mcp/param-headers.js';
import { CatalogueRepository, type DefinitionRows } from './catalogue.repository.js';
import type { RoutedServer } from './routed-server.js';
import { RouteTable } from './route-table.js';
import { matcherOf } from './uri-template.js';

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

export interface CatalogueTemplate extends CatalogueEntry {
  matches(uri: string): boolean;
}

/** What one server offers, as it said itself. */
export interface ServerCatalogue {
  readonly tools: ReadonlyMap<string, CatalogueTool>;
  readonly prompts: ReadonlyMap<string, CatalogueEntry>;
  readonly resources: ReadonlyMap<string, CatalogueEntry>;
  readonly templates: readonly CatalogueTemplate[];
  /** About what it costs in memory. */
  readonly bytes: number;
}

export const CATALOGUE_BYTES = Symbol('CATALOGUE_BYTES');

/** Servers' definitions, loaded on first use and kept within a bound in bytes; the longest unused go first. */
@Injectable()
export class Catalogue {
  readonly #held = new Map<string, ServerCatalogue>();
  readonly #loading = new Map<string, Promise<ServerCatalogue>>();
  #bytes = 0;

  constructor(
    private readonly repository: CatalogueRepository,
    routes: RouteTable,
    @Inject(CATALOGUE_BYTES) private readonly maxBytes: number,
  ) {
    routes.onChange(({ kind, serverId }) => {
      if (kind === 'reset') this.#clear();
      else if (kind !== 'health') this.#forget(serverId);
    });
  }

  /** At once when warm; callers that miss together share one load. */
  of(server: RoutedServer): ServerCatalogue | Promise<ServerCatalogue> {
    const held = this.#held.get(server.id);
    if (!held) return this.#loading.get(server.id) ?? this.#load(server.id);
    this.#held.delete(server.id);
    this.#held.set(server.id, held);
    return held;
  }

  #load(serverId: string): Promise<ServerCatalogue> {
    const loading = this.repository
      .definitionsOf(serverId)
      .then((rows) => {
        const catalogue = catalogueOf(rows);
        // What changed meanwhile must not come back.
        if (this.#loading.get(serverId) === loading) this.#keep(serverId, catalogue);
        return catalogue;
      })
      .finally(() => {
        if (this.#loading.get(serverId) === loading) this.#loading.delete(serverId);
      });
    this.#loading.set(serverId, loading);
    return loading;
  }

  #keep(serverId: string, catalogue: ServerCatalogue): void {
    this.#held.set(serverId, catalogue);
    this.#bytes += catalogue.bytes;
    for (const [id] of this.#held) {
      if (this.#bytes <= this.maxBytes || id === serverId) break;
      this.#forget(id);
    }
  }

  #forget(serverId: string): void {
    this.#bytes -= this.#held.get(serverId)?.bytes ?? 0;
    this.#held.delete(serverId);
    this.#loading.delete(serverId);
  }

  #clear(): void {
    this.#held.clear();
    this.#loading.clear();
    this.#bytes = 0;
  }
}

/** Objects take about this many times the bytes of their JSON. */
const MEMORY_FACTOR = 3;

function catalogueOf(rows: DefinitionRows): ServerCatalogue {
  const tools = rows.tools.map(({ name, hash, definition }) => {
    const headers = compileParamHeaders(definition['inputSchema']);
    return [
      name,
      { name, definitionHash: hash, definition, paramHeaders: headers.headers, validHeaders: headers.valid },
    ] as const;
  });
  const json = JSON.stringify([rows.tools, rows.prompts, rows.resources, rows.templates]);
  return {
    tools: new Map(tools),
    prompts: new Map(rows.prompts.map((row) => [row.name, row])),
    resources: new Map(rows.resources.map((row) => [row.name, row])),
    templates: rows.templates.map((row) => ({ ...row, matches: matcherOf(row.name) })),
    bytes: json.length * MEMORY_FACTOR,
  };
}
