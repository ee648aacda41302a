import type { Position } from './found.js';

/** At most that many answers to one question, and names in one. */
export const MOST_RESULTS = 100;
export const MOST_NAMES = 100;

interface DiscoveryQuery {
  /** Free text; ranked, and then `after` is ignored. */
  readonly text?: string | undefined;
  /** 1 to `MOST_RESULTS`. */
  readonly limit: number;
  readonly after?: Position | undefined;
  /** What unhealthy servers offer too. */
  readonly includeInactive?: boolean | undefined;
}

interface NamedQuery extends DiscoveryQuery {
  /** Exact names. They win over `text`. */
  readonly names?: readonly string[] | undefined;
  /** Of servers that offer `all` of the names (the default), or `any` of them. */
  readonly match?: 'all' | 'any' | undefined;
}

export type ToolQuery = NamedQuery;
export type PromptQuery = NamedQuery;

/** When all names begin with a scheme (`file:`), they are URIs or URI templates and are compared with those. */
export interface ResourceQuery extends NamedQuery {
  /** Exact MIME type. */
  readonly type?: string | undefined;
}

export interface ServerQuery extends DiscoveryQuery {
  /** Keys of the MCP capabilities that a server must have, all of them (`tools`, `prompts`). */
  readonly capabilities?: readonly string[] | undefined;
}
