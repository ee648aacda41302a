import { encodeResult } from '../../envelope.js';
import { isRecord, ownMember } from '../../json-record.js';
import { membersOf } from '../../object-members.js';
import type { ParsedBody } from '../../parse-body.js';
import { RPC } from '../../rpc-codes.js';
import { encodeError } from '../../wire-error.js';
import { ELICITATION_CANCELLED, readInputAnswer } from '../input-answer.js';

/** A request of a legacy upstream that the client was asked in an `input_required` result. */
export interface PendingRequest {
  /** Its key in `inputRequests`. */
  readonly key: string;
  readonly method: string;
  /** The id under which the upstream waits, as JSON text. */
  readonly id: string;
}

export interface LegacyResponse {
  readonly pending: PendingRequest;
  /**
   * `missing` should be asked again rather than refused (2026-07-28, Multi Round-Trip Requests, Error
   * Handling); `malformed` is the client's fault.
   */
  readonly state: 'answered' | 'missing' | 'malformed';
  /** A whole response for the upstream. Of what was not answered: what it gets when nobody asks again. */
  readonly bytes: Buffer;
}

/** `sampling/createMessage` that a user rejected (2025-11-25, Sampling, Error Handling). */
const SAMPLING_REJECTED = -1;

/**
 * The `inputResponses` of a retry as responses to the upstream, one for each pending request, in
 * their order. Answers to what nobody asked are ignored. An answer's bytes stay as they are: both
 * eras write the three results alike.
 */
export function toLegacyResponses(pending: readonly PendingRequest[], retry: ParsedBody): LegacyResponse[] {
  const given = ownMember(retry.params, 'inputResponses');
  const encoded = isRecord(given) ? encodedResponses(retry) : undefined;
  return pending.map((request) => {
    const bytes = encoded?.get(request.key);
    if (!isRecord(given) || !bytes) return { pending: request, state: 'missing', bytes: unanswered(request) };
    const answer = readInputAnswer(request.method, ownMember(given, request.key), bytes);
    if (answer) return { pending: request, state: 'answered', bytes: encodeResult(request.id, answer) };
    const refusal = encodeError(request.id, RPC.internalError, "The client's answer cannot be read.");
    return { pending: request, state: 'malformed', bytes: refusal };
  });
}

/** What the upstream is told about a request that will have no answer. */
export function unanswered({ id, method }: PendingRequest): Buffer {
  if (method === 'elicitation/create') return encodeResult(id, ELICITATION_CANCELLED);
  const message = 'The client did not answer.';
  return encodeError(id, method === 'sampling/createMessage' ? SAMPLING_REJECTED : RPC.internalError, message);
}

function encodedResponses({ bytes, ranges }: ParsedBody): Map<string, Buffer> {
  const params = ranges.params && membersOf(bytes.subarray(ranges.params.start, ranges.params.end));
  const responses = params?.get('inputResponses');
  return responses ? membersOf(responses) : new Map<string, Buffer>();
}
