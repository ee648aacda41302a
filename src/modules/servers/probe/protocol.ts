import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/client';

/** The one modern revision that we speak. */
export const MODERN_VERSION = '2026-07-28';

/** The legacy revisions that we speak, newest first; the first is what we offer. */
export const LEGACY_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;

/** Who we say we are. The service's own version stays out of it: it is nobody's business upstream. */
export const CLIENT_INFO = { name: 'mcp-registry-gateway', version: '1' } as const;

/**
 * All that clients may be able to do, since some servers offer a tool only to those that can do what it needs. A
 * probe does none of it itself: what it is asked is refused.
 */
export const CLIENT_CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} } as const;

/** What every modern request carries in `params._meta` (2026-07-28, base protocol). */
export const MODERN_META = {
  [PROTOCOL_VERSION_META_KEY]: MODERN_VERSION,
  [CLIENT_INFO_META_KEY]: CLIENT_INFO,
  [CLIENT_CAPABILITIES_META_KEY]: CLIENT_CAPABILITIES,
} as const;

/** JSON-RPC codes that are read here. */
export const METHOD_NOT_FOUND = -32601;
export const UNSUPPORTED_VERSION = -32022;
