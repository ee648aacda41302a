import { ownMember } from '../../json-record.js';
import { RPC } from '../../rpc-codes.js';
import { encodeErrorObject } from '../error-object.js';
import { innerObject, type PeerError } from '../peer-message.js';

export interface LegacyError {
  readonly kind: 'error';
  /** What the client sees. */
  readonly code: number;
  /** What the server said: -32022 asks for a new probe. */
  readonly upstreamCode: number;
  readonly bytes: Buffer;
}

/**
 * A modern upstream's error as the legacy client gets it under `id` (JSON text), with its message and data.
 *
 * - -32602 of `resources/read` that names the URI in its data is -32002, as it was before
 *   2026-07-28 (Changelog, minor 6); without the URI it may be about anything, and stays.
 * - -32021 (a capability is missing) is -32602: the call cannot be served for this client, and that
 *   is how 2025-11-25 speaks of capabilities that were not declared (Elicitation, Error Handling).
 * - -32020 (a header differs from the body) and -32022 (a revision is not supported) are -32603: the
 *   gateway made the headers and chose the revision, so the client can do nothing about it.
 */
export function toLegacyError(answer: PeerError, id: string, method: string): LegacyError {
  const code = legacyCode(answer, method);
  return { kind: 'error', code, upstreamCode: answer.code, bytes: encodeErrorObject(id, code, answer.error) };
}

function legacyCode({ code, error }: PeerError, method: string): number {
  switch (code) {
    case RPC.invalidParams: {
      const names = typeof ownMember(innerObject(error, 'data')?.values, 'uri') === 'string';
      return names && method === 'resources/read' ? RPC.resourceNotFound : code;
    }
    case RPC.missingClientCapability:
      return RPC.invalidParams;
    case RPC.headerMismatch:
    case RPC.unsupportedVersion:
      return RPC.internalError;
    default:
      return code;
  }
}
