import { exposedName } from '../../../mcp/names.js';
import { mountTemplate, mountUri } from '../../../mcp/mounted-uri.js';
import type { CatalogueTemplate, CatalogueTool, ServerCatalogue } from './catalogue.js';
import { isStale, type RoutedServer } from './routed-server.js';

export interface ServerWithCatalogue {
  readonly server: RoutedServer;
  readonly catalogue: ServerCatalogue;
}

export type Definition = Readonly<Record<string, unknown>>;

/** What many servers offer together, under names that never meet; built once for each revision of a scope's view. */
export interface AggregateIndex {
  readonly tools: ReadonlyMap<string, { readonly server: RoutedServer; readonly tool: CatalogueTool }>;
  readonly prompts: ReadonlyMap<string, { readonly server: RoutedServer; readonly name: string }>;
  readonly resources: ReadonlyMap<string, { readonly server: RoutedServer; readonly uri: string }>;
  readonly templates: readonly { readonly server: RoutedServer; readonly template: CatalogueTemplate }[];
  readonly lists: Readonly<Record<'tools' | 'prompts' | 'resources' | 'resourceTemplates', readonly Definition[]>>;
}

const STALE_MARK = 'io.mcp-registry-gateway/stale';

/** @param servers in alias order: of a URI that several offer, the first keeps it. */
export function buildAggregate(servers: readonly ServerWithCatalogue[]): AggregateIndex {
  const tools = new Map<string, { server: RoutedServer; tool: CatalogueTool }>();
  const prompts = new Map<string, { server: RoutedServer; name: string }>();
  const resources = new Map<string, { server: RoutedServer; uri: string }>();
  const templates: { server: RoutedServer; template: CatalogueTemplate }[] = [];
  const templateTexts = new Set<string>();
  const lists = {
    tools: [] as Definition[],
    prompts: [] as Definition[],
    resources: [] as Definition[],
    resourceTemplates: [] as Definition[],
  };
  for (const { server, catalogue } of servers) {
    for (const tool of catalogue.tools.values()) {
      const name = exposedName(server.alias, server.id, tool.name);
      tools.set(name, { server, tool });
      lists.tools.push(marked(server, { ...tool.definition, name }));
    }
    for (const prompt of catalogue.prompts.values()) {
      const name = exposedName(server.alias, server.id, prompt.name);
      prompts.set(name, { server, name: prompt.name });
      lists.prompts.push(marked(server, { ...prompt.definition, name }));
    }
    for (const { name: uri, definition } of catalogue.resources.values()) {
      const exposed = resources.has(uri) ? mountUri(server.alias, uri) : uri;
      resources.set(exposed, { server, uri });
      lists.resources.push(marked(server, { ...definition, uri: exposed }));
    }
    for (const template of catalogue.templates) {
      templates.push({ server, template });
      const taken = templateTexts.has(template.name);
      templateTexts.add(template.name);
      const uriTemplate = taken ? mountTemplate(server.alias, template.name) : template.name;
      lists.resourceTemplates.push(marked(server, { ...template.definition, uriTemplate }));
    }
  }
  return { tools, prompts, resources, templates, lists };
}

/** The last known good definition of a server that is not well says so. */
export function marked(server: RoutedServer, definition: Definition): Definition {
  if (!isStale(server)) return definition;
  const meta = definition['_meta'];
  return { ...definition, _meta: { ...(typeof meta === 'object' ? meta : {}), [STALE_MARK]: true } };
}
