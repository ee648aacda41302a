import { isStale, type RoutedServer } from './routed-server.js';

/** A tool, prompt, resource or template, as lists have it. */
export type Definition = Readonly<Record<string, unknown>>;

const STALE_MARK = 'io.mcp-registry-gateway/stale';

/** The last known good definition of a server that is not well says so. */
export function marked(server: RoutedServer, definition: Definition): Definition {
  if (!isStale(server)) return definition;
  const meta = definition['_meta'];
  return { ...definition, _meta: { ...(typeof meta === 'object' ? meta : {}), [STALE_MARK]: true } };
}
