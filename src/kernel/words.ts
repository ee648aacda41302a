/** The registry's own words, as the wire and the database spell them. */
export const SERVER_STATUSES = ['healthy', 'degraded', 'unhealthy', 'unknown', 'maintenance'] as const;
export type ServerStatus = (typeof SERVER_STATUSES)[number];

export const LIFECYCLES = ['active', 'deprecated', 'deleted'] as const;
export type Lifecycle = (typeof LIFECYCLES)[number];

export const VISIBILITIES = ['tenant', 'restricted'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

export const TRANSPORTS = ['streamable-http', 'sse', 'stdio', 'websocket'] as const;
export type TransportType = (typeof TRANSPORTS)[number];

/** What of MCP a server speaks: one modern revision, any number of legacy ones. */
export interface Eras {
  readonly modern?: string;
  readonly legacy?: readonly string[];
}

/** Whether a server's children are offered: one missed check must not hide tools. */
export function isServerActive(lifecycle: Lifecycle, status: ServerStatus): boolean {
  return lifecycle !== 'deleted' && (status === 'healthy' || status === 'degraded');
}
