import { mountTemplate, mountUri } from '../../../mcp/mounted-uri.js';
import { exposedName } from '../../../mcp/names.js';
import type { ListField } from '../../../mcp/envelope.js';
import type { Placed } from './list-order.js';
import type { RoutedServer } from './routed-server.js';
import { type NamedTemplate, NO_NAMES, type ServerNames } from './server-names.js';

/** One thing that a server offers, and the name, URI or template under which the aggregate has it. */
export interface Mounted extends Placed {
  readonly server: RoutedServer;
  readonly alias: string;
  readonly exposed: string;
}

/** What many servers offer together, under names that never meet; built once for each revision of a scope's view. */
export interface AggregateIndex {
  readonly tools: ReadonlyMap<string, Mounted>;
  readonly prompts: ReadonlyMap<string, Mounted>;
  readonly resources: ReadonlyMap<string, Mounted>;
  readonly templates: readonly { readonly server: RoutedServer; readonly template: NamedTemplate }[];
  /** In the order of the lists: by alias, then by name. */
  readonly lists: Readonly<Record<ListField, readonly Mounted[]>>;
  /** About what it costs in memory. */
  readonly bytes: number;
}

/** An entry, its place in a map and in a list. */
const ENTRY_COST = 220;
const INDEX_COST = 2000;

/**
 * @param servers in alias order: of a URI that several offer, the first keeps it.
 * @param names by server id.
 */
export function buildAggregate(
  servers: readonly RoutedServer[],
  names: ReadonlyMap<string, ServerNames>,
): AggregateIndex {
  const lists = { tools: [], prompts: [], resources: [], resourceTemplates: [] } as Record<ListField, Mounted[]>;
  const templates: { server: RoutedServer; template: NamedTemplate }[] = [];
  const uris = new Set<string>();
  const templateTexts = new Set<string>();
  for (const server of servers) {
    const { alias, id } = server;
    const offered = names.get(id) ?? NO_NAMES;
    const mount = (name: string, exposed: string): Mounted => ({ server, alias, name, exposed });
    for (const name of offered.tools) lists.tools.push(mount(name, exposedName(alias, id, name)));
    for (const name of offered.prompts) lists.prompts.push(mount(name, exposedName(alias, id, name)));
    for (const uri of offered.resources) {
      lists.resources.push(mount(uri, uris.has(uri) ? mountUri(alias, uri) : uri));
      uris.add(uri);
    }
    for (const template of offered.templates) {
      const { name } = template;
      templates.push({ server, template });
      lists.resourceTemplates.push(mount(name, templateTexts.has(name) ? mountTemplate(alias, name) : name));
      templateTexts.add(name);
    }
  }
  const all = Object.values(lists).flat();
  return {
    tools: byExposedName(lists.tools),
    prompts: byExposedName(lists.prompts),
    resources: byExposedName(lists.resources),
    templates,
    lists,
    bytes: all.reduce((sum, { exposed }) => sum + exposed.length + ENTRY_COST, INDEX_COST),
  };
}

function byExposedName(mounted: readonly Mounted[]): ReadonlyMap<string, Mounted> {
  return new Map(mounted.map((entry) => [entry.exposed, entry]));
}
