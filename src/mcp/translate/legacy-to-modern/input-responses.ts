import { encodeResult } from '../../envelope.js';
import { isRecord, ownMember } from '../../json-record.js';
import { encodeMembers, membersOf } from '../../object-members.js';
import type { ParsedBody } from '../../parse-body.js';
import { RPC } from '../../rpc-codes.js';
import { encodeError } from '../../wire-error.js';
import { ELICITATION_CANCELLED, readInputAnswer } from '../input-answer.js';
import type { InputRequest } from './input-requests.js';

export type CollectedAnswers =
  /** The whole `inputResponses`, encoded. */
  | { readonly kind: 'complete'; readonly inputResponses: Buffer }
  /** 2026-07-28 has no way to say this to the server: the call ends here. */
  | { readonly kind: 'refused'; readonly why: string };

/**
 * The legacy client's responses, by the keys of what it was asked, as `inputResponses` of the retry.
 * A key without a response was never answered. Results keep their bytes. An elicitation that failed,
 * was not answered or cannot be read counts as cancelled; for the other methods the modern era knows
 * results only (schema: InputResponse), so the call is refused.
 */
export function toInputResponses(
  requests: readonly InputRequest[],
  responses: ReadonlyMap<string, ParsedBody>,
): CollectedAnswers {
  const answers = new Map<string, Buffer>();
  for (const { key, method } of requests) {
    const response = responses.get(key);
    const bytes = response && membersOf(response.bytes).get('result');
    const answer = readInputAnswer(method, ownMember(response?.message, 'result'), bytes);
    if (answer) answers.set(key, answer);
    else if (method === 'elicitation/create') answers.set(key, ELICITATION_CANCELLED);
    else return { kind: 'refused', why: `${method}: ${reasonOf(response)}` };
  }
  return { kind: 'complete', inputResponses: encodeMembers(answers) };
}

/** The end of a call whose client did not give what the server needs, in the words that 2025-11-25 has for it. */
export function refusedCall(id: string, method: string, why: string): Buffer {
  const message = `The client did not give what the server asked for: ${why}`;
  // A tool that could not do its work says so in its result, where the model reads it (2025-11-25, Tools, Error Handling).
  if (method !== 'tools/call') return encodeError(id, RPC.internalError, message);
  return encodeResult(id, Buffer.from(JSON.stringify({ content: [{ type: 'text', text: message }], isError: true })));
}

function reasonOf(response: ParsedBody | undefined): string {
  if (!response) return 'no answer';
  const error = ownMember(response.message, 'error');
  const message = isRecord(error) ? ownMember(error, 'message') : undefined;
  return typeof message === 'string' ? message.slice(0, 500) : 'an answer that cannot be read';
}
