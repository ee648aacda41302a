import { codeForEra } from '../../errors.js';
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
 * A modern upstream's error as the legacy client gets it under `id` (JSON text), with its message and data. -32602 of
 * `resources/read` that names the URI in its data is -32002, as it was before 2026-07-28 (Changelog, minor 6);
 * without the URI it may be about anything, and stays. The codes of 2026-07-28: {@link codeForEra}.
 */
export function toLegacyError(answer: PeerError, id: string, method: string): LegacyError {
  const code = isResourceNotFound(answer, method) ? RPC.resourceNotFound : codeForEra('legacy', answer.code);
  return { kind: 'error', code, upstreamCode: answer.code, bytes: encodeErrorObject(id, code, answer.error) };
}

function isResourceNotFound({ code, error }: PeerError, method: string): boolean {
  if (code !== RPC.invalidParams || method !== 'resources/read') return false;
  return typeof ownMember(innerObject(error, 'data')?.values, 'uri') === 'string';
}
