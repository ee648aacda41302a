import { RPC } from './rpc-codes.js';

/** The errors by which a server shows that it knows 2026-07-28. */
const MODERN_ONLY: ReadonlySet<number> = new Set([
  RPC.headerMismatch,
  RPC.missingClientCapability,
  RPC.unsupportedVersion,
]);
/** About who asks, or how often: they say nothing about revisions. */
const ABOUT_THE_CALLER: ReadonlySet<number> = new Set([401, 403, 429]);

/**
 * Whether the answer to a modern request makes it doubtful that the server (still) speaks the
 * revision: it says so (-32022), or refuses with a 4xx in a way that no modern server would.
 * @param errorCode of its JSON-RPC error; `undefined` where it has none.
 */
export function doubtsEra(statusCode: number, errorCode: number | undefined): boolean {
  if (errorCode === RPC.unsupportedVersion) return true;
  if (statusCode < 400 || statusCode > 499 || ABOUT_THE_CALLER.has(statusCode)) return false;
  if (errorCode === undefined) return true;
  return !MODERN_ONLY.has(errorCode) && !(statusCode === 404 && errorCode === RPC.methodNotFound);
}
