/** JSON-RPC error codes on the wire: JSON-RPC 2.0 section 5.1, MCP, and the gateway's own. */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** Legacy revisions only: `resources/read` of what is not there. */
  resourceNotFound: -32002,
  /** Legacy revisions only. */
  urlElicitationRequired: -32042,
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedVersion: -32022,
  /**
   * The gateway's own, outside the reserved range -32768..-32000; the last three digits are the
   * HTTP status that says the same.
   */
  unauthenticated: -31401,
  forbidden: -31403,
  conflict: -31409,
  rateLimited: -31429,
  upstreamFailed: -31502,
  unavailable: -31503,
  upstreamTimeout: -31504,
} as const;
