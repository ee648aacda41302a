import { AppError, type ErrorKind } from '../kernel/app-error.js';
import { RPC } from './rpc-codes.js';
import type { Era } from './versions.js';
import { NO_ID, WireError, type RawId } from './wire-error.js';

/** Codes of an `AppError` that mean something on the MCP wire beyond what their kind says. */
export const MCP_ERROR = {
  methodNotFound: 'mcp.method_not_found',
  resourceNotFound: 'mcp.resource_not_found',
  /** A legacy session id that nobody knows: 404 makes a client initialise again. */
  sessionUnknown: 'mcp.session_unknown',
  sessionMissing: 'mcp.session_missing',
  /** One upstream is full or resting; the gateway itself is well. */
  upstreamBusy: 'gateway.upstream_busy',
  circuitOpen: 'gateway.circuit_open',
} as const;

interface Row {
  readonly modern: number;
  readonly legacy: number;
  /** The HTTP status in both eras; without one the code decides ({@link httpStatusOf}). */
  readonly status?: number;
}

function row(code: number, status?: number): Row {
  return { modern: code, legacy: code, status };
}

/** What concerns the HTTP exchange has its own status; what concerns one call travels in a 200. */
const BY_KIND: Readonly<Record<ErrorKind, Row>> = {
  invalid: row(RPC.invalidParams),
  malformed: row(RPC.invalidRequest),
  unauthenticated: row(RPC.unauthenticated, 401),
  forbidden: row(RPC.forbidden, 403),
  not_found: row(RPC.invalidParams),
  method_not_allowed: row(RPC.invalidRequest, 405),
  conflict: row(RPC.conflict, 409),
  too_large: row(RPC.invalidRequest, 413),
  unsupported_media: row(RPC.invalidRequest, 415),
  unprocessable: row(RPC.invalidParams),
  too_many_requests: row(RPC.rateLimited, 429),
  unavailable: row(RPC.unavailable, 503),
  upstream_failed: row(RPC.upstreamFailed),
  upstream_timeout: row(RPC.upstreamTimeout),
  internal: row(RPC.internalError),
};

const BY_CODE: ReadonlyMap<string, Row> = new Map([
  [MCP_ERROR.methodNotFound, row(RPC.methodNotFound)],
  [MCP_ERROR.resourceNotFound, { modern: RPC.invalidParams, legacy: RPC.resourceNotFound }],
  [MCP_ERROR.sessionUnknown, row(RPC.invalidRequest, 404)],
  [MCP_ERROR.sessionMissing, row(RPC.invalidRequest, 400)],
  [MCP_ERROR.upstreamBusy, row(RPC.unavailable, 200)],
  [MCP_ERROR.circuitOpen, row(RPC.unavailable, 200)],
]);

const MODERN_400: ReadonlySet<number> = new Set([
  RPC.parseError,
  RPC.invalidRequest,
  RPC.headerMismatch,
  RPC.missingClientCapability,
  RPC.unsupportedVersion,
]);

/**
 * The HTTP status that carries a JSON-RPC error of our own making. A legacy 404 would mean that
 * the session is gone, so there an unknown method stays in a 200. The one -32602 that travels in a
 * 400 is an incomplete `_meta`, and the check for that says so itself.
 */
export function httpStatusOf(era: Era, code: number): number {
  if (era === 'legacy') return code === RPC.parseError || code === RPC.invalidRequest ? 400 : 200;
  if (code === RPC.methodNotFound) return 404;
  return MODERN_400.has(code) ? 400 : 200;
}

/** Codes that an era's clients do not know, and what each is for them. */
const FOREIGN: Readonly<Record<Era, ReadonlyMap<number, number>>> = {
  /** 2026-07-28, Base Protocol, Error Codes: implementations must not emit these. */
  modern: new Map([
    [RPC.resourceNotFound, RPC.invalidParams],
    [RPC.urlElicitationRequired, RPC.internalError],
  ]),
  /**
   * The call cannot be served for a client without the capability, and -32602 is how 2025-11-25 speaks of what was
   * not declared (Elicitation, Error Handling). A header that differs and a revision that is not supported are none of
   * its doing: the gateway made the headers and chose the revision.
   */
  legacy: new Map([
    [RPC.missingClientCapability, RPC.invalidParams],
    [RPC.headerMismatch, RPC.internalError],
    [RPC.unsupportedVersion, RPC.internalError],
  ]),
};

/** An upstream's code as a client of `era` may see it: the codes of the other era mean nothing to it. */
export function codeForEra(era: Era, code: number): number {
  return FOREIGN[era].get(code) ?? code;
}

/** What of the error the caller is told. */
function dataOf(error: AppError): unknown {
  return {
    ...error.data,
    code: error.code,
    ...(error.violations.length > 0 && { errors: error.violations }),
    ...(error.retryAfterSeconds !== undefined && { retryAfterMs: Math.ceil(error.retryAfterSeconds * 1000) }),
  };
}

/**
 * Anything that was thrown while a message was served, as the caller of `era` gets it. What is no
 * `AppError` becomes -32603 with nothing of its message in it.
 */
export function toWireError(error: unknown, era: Era, id: RawId = NO_ID): WireError {
  if (!(error instanceof AppError)) {
    return new WireError(200, RPC.internalError, 'Internal error', { code: 'internal' }, id);
  }
  const row = BY_CODE.get(error.code) ?? BY_KIND[error.kind];
  const code = row[era];
  const status = row.status ?? httpStatusOf(era, code);
  const retryAfter = error.retryAfterSeconds === undefined ? undefined : Math.ceil(error.retryAfterSeconds);
  return new WireError(status, code, error.message, dataOf(error), id, retryAfter);
}
