import type { Eras, Lifecycle, ServerStatus } from '../../../kernel/words.js';

/** What routing and discovery over MCP need of a registered server; one object a server, held in memory. */
export interface RoutedServer {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly version: string;
  readonly alias: string;
  readonly title: string | null;
  readonly url: string;
  readonly transportType: 'streamable-http' | 'sse';
  readonly status: ServerStatus;
  readonly lifecycle: Lifecycle;
  readonly eras: Eras;
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly settings: { readonly timeoutMs?: number; readonly maxInFlight?: number; readonly weight?: number };
  readonly shared: boolean;
  readonly isLatest: boolean;
  readonly instructions: string | null;
  readonly upstreamVersion: string | null;
}

/** Whether its lists are the last known good ones of a server that is not well. */
export function isStale({ status }: RoutedServer): boolean {
  return status === 'unhealthy' || status === 'unknown';
}

/** Whether it speaks 2026-07-28 and nothing before it, as far as is known. */
export function isModernOnly({ eras }: Pick<RoutedServer, 'eras'>): boolean {
  return eras.modern !== undefined && (eras.legacy?.length ?? 0) === 0;
}
