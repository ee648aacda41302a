import { ResponseScanner } from './response-scanner.js';
import { splice } from './splice.js';

/** The facts of a whole JSON-RPC message, read without parsing it. */
export function scanResponse(bytes: Buffer): ResponseScanner {
  const scanner = new ResponseScanner();
  scanner.push(bytes);
  return scanner;
}

/**
 * `bytes` with the top-level id replaced by `idText` (JSON text); the same bytes when the id is
 * that already, `undefined` when the message has none.
 */
export function rewriteId(bytes: Buffer, idText: string, scanned = scanResponse(bytes)): Buffer | undefined {
  const range = scanned.idRange;
  if (range === undefined) return undefined;
  if (bytes.toString('utf8', range.start, range.end) === idText) return bytes;
  return splice(bytes, range, idText);
}
