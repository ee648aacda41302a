/** What era a message belongs to: `modern` is revision 2026-07-28 and later, `legacy` all before it. */
export type Era = 'modern' | 'legacy';

/** The first revision of the modern era. Revisions are ISO dates, so text order is time order. */
export const FIRST_MODERN_VERSION = '2026-07-28';

/** Modern revisions that the gateway serves to clients, the preferred one first. */
export const MODERN_VERSIONS: readonly string[] = Object.freeze([FIRST_MODERN_VERSION]);

/** Legacy revisions that the gateway serves to clients, the preferred one first. */
export const LEGACY_VERSIONS: readonly string[] = Object.freeze(['2025-11-25', '2025-06-18', '2025-03-26']);

/** What an upstream may speak besides those: `sse` servers are of 2024-11-05. */
export const UPSTREAM_LEGACY_VERSIONS: readonly string[] = Object.freeze([...LEGACY_VERSIONS, '2024-11-05']);

/** The revision that a legacy request without `MCP-Protocol-Version` speaks (2025-06-18, Transports). */
export const ASSUMED_LEGACY_VERSION = '2025-03-26';

export const LEGACY_VERSION_SET: ReadonlySet<string> = new Set(LEGACY_VERSIONS);

/** Whether a revision named by a peer, known or not, belongs to the modern era (compared as text). */
export function isModernVersion(version: string): boolean {
  return version >= FIRST_MODERN_VERSION;
}

/**
 * The revision that `initialize` is answered with: the one asked for where it is served, else the
 * preferred one, and the client decides whether it can live with that (2025-11-25, Lifecycle).
 */
export function negotiateLegacyVersion(requested: unknown): string {
  if (typeof requested === 'string' && LEGACY_VERSION_SET.has(requested)) return requested;
  return LEGACY_VERSIONS[0] ?? ASSUMED_LEGACY_VERSION;
}
