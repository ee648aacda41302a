import { encodeResult } from '../../envelope.js';
import { isRecord, ownMember } from '../../json-record.js';
import { SERVER_INFO_KEY } from '../../meta-keys.js';
import { METHODS } from '../../methods.js';
import { encodeMembers } from '../../object-members.js';
import { badMessage, innerObject, type PeerError, type PeerObject, type PeerResult } from '../peer-message.js';
import { inputRequestsOf, type InputRequest } from './input-requests.js';
import { toLegacyError, type LegacyError } from './legacy-error.js';

/** The legacy request that waits. */
export interface LegacyCall {
  /** JSON text. */
  readonly id: string;
  readonly method: string;
  /** As the client declared them in `initialize`. */
  readonly clientCapabilities: unknown;
  /** The client was shown a schema with the result inside ({@link wrapsStructured}): objects go in too. */
  readonly wrapsStructured?: boolean;
}

export type LegacyAnswer =
  | { readonly kind: 'result'; readonly bytes: Buffer }
  | LegacyError
  /**
   * The call goes on: the client is asked, then the request is sent again, under a new id, with the
   * answers and `requestState`. Without any request it is only to be sent again, later.
   */
  | {
      readonly kind: 'input_required';
      readonly requests: readonly InputRequest[];
      readonly requestState: string | undefined;
    };

/**
 * A modern upstream's answer as the legacy client gets it, under the client's id.
 *
 * @throws AppError `mcp.bad_message`: a `resultType` that nobody defined (2026-07-28, Base Protocol,
 *   ResultType), and an `input_required` that may not be (Multi Round-Trip Requests, Server
 *   Requirements): for a method that has none, without anything in it, with a request that is none
 *   or that the client never declared.
 */
export function toLegacyAnswer(answer: PeerResult | PeerError, call: LegacyCall): LegacyAnswer {
  if (answer.kind === 'error') return toLegacyError(answer, call.id, call.method);
  const { result } = answer;
  const type = ownMember(result.values, 'resultType');
  // Absent is complete: the server may be of an earlier revision after all.
  if (type === undefined || type === 'complete') {
    return { kind: 'result', bytes: encodeResult(call.id, toLegacyResult(result, call)) };
  }
  if (type !== 'input_required') throw badMessage('its resultType is unknown');
  if (METHODS.get(call.method)?.mayRequireInput !== true) throw badMessage('its method may not ask for input');
  const requests = inputRequestsOf(result, call.clientCapabilities);
  const state = ownMember(result.values, 'requestState');
  const requestState = typeof state === 'string' ? state : undefined;
  if (requests.length === 0 && requestState === undefined) throw badMessage('it asks for input but not for what');
  return { kind: 'input_required', requests, requestState };
}

/** Out goes what 2026-07-28 added; all other bytes stay. */
function toLegacyResult(result: PeerObject, { method, wrapsStructured = false }: LegacyCall): Buffer {
  const members = new Map(result.members);
  members.delete('resultType');
  if (METHODS.get(method)?.cacheable === true) {
    members.delete('ttlMs');
    members.delete('cacheScope');
  }
  const meta = innerObject(result, '_meta')?.members;
  meta?.delete(SERVER_INFO_KEY);
  if (meta && meta.size > 0) members.set('_meta', encodeMembers(meta));
  else members.delete('_meta');

  // 2026-07-28 allows any value there (Changelog, minor 10), 2025-11-25 an object only.
  const structured = members.get('structuredContent');
  if (method === 'tools/call' && structured && (wrapsStructured || !isRecord(result.values['structuredContent']))) {
    members.set('structuredContent', encodeMembers(new Map([['result', structured]])));
  }
  return encodeMembers(members);
}
