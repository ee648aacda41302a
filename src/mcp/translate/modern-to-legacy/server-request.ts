import { missingClientCapabilities, requiredClientCapabilities } from '../../capabilities.js';
import { encodeResult } from '../../envelope.js';
import { isRecord, ownMember } from '../../json-record.js';
import { INPUT_REQUEST_METHODS } from '../../methods.js';
import { encodeMembers, type EncodedMembers } from '../../object-members.js';
import { RPC } from '../../rpc-codes.js';
import { encodeError } from '../../wire-error.js';
import type { PeerObject, PeerRequest } from '../peer-message.js';

/** What becomes of a request that a legacy upstream sends while a modern call runs. */
export type ServerRequestFate =
  /**
   * The client is asked: `entry` is a value of `inputRequests`. The upstream waits for an answer
   * under `id` (JSON text).
   */
  | { readonly kind: 'ask'; readonly id: string; readonly method: string; readonly entry: Buffer }
  /** The upstream gets this response at once. */
  | { readonly kind: 'answer'; readonly bytes: Buffer };

const EMPTY_RESULT = Buffer.from('{}');

/**
 * Members of legacy params that 2026-07-28 has not: an input request has no progress and no task
 * (Changelog, major 6), nor, by URL, an `elicitationId` (minor 11). Receivers without tasks ignore
 * `task` and answer as usual (2025-11-25, Tasks, Task Support and Handling).
 */
const LEGACY_ONLY = ['_meta', 'task'];

/**
 * Answers for the gateway what it can, refuses what the client never declared as a legacy client
 * would (2025-11-25: Elicitation, Sampling and Roots, Error Handling), and turns the rest into input
 * requests (2026-07-28, Multi Round-Trip Requests).
 */
export function toInputRequest(request: PeerRequest, clientCapabilities: unknown): ServerRequestFate {
  const { id, method, params } = request;
  const refuse = (code: number, message: string): ServerRequestFate => ({
    kind: 'answer',
    bytes: encodeError(id, code, message),
  });
  if (method === 'ping') return { kind: 'answer', bytes: encodeResult(id, EMPTY_RESULT) };
  if (!INPUT_REQUEST_METHODS.has(method)) return refuse(RPC.methodNotFound, 'Method not found');

  const required = requiredClientCapabilities(method, params?.values);
  if (required && missingClientCapabilities(required, clientCapabilities)) {
    // Without the capability there is no such method; with another mode of it the params are wrong.
    const [name = ''] = Object.keys(required);
    const partly = isRecord(clientCapabilities) && isRecord(ownMember(clientCapabilities, name));
    return partly
      ? refuse(RPC.invalidParams, `The client does not support this mode of ${name}.`)
      : refuse(RPC.methodNotFound, `The client does not support ${name}.`);
  }
  const entry = new Map<string, Buffer | string>([['method', JSON.stringify(method)]]);
  if (method !== 'roots/list') {
    const modern = params && modernParams(params);
    if (!modern) return refuse(RPC.invalidParams, 'Invalid params');
    entry.set('params', encodeMembers(modern));
  }
  return { kind: 'ask', id, method, entry: encodeMembers(entry) };
}

function modernParams({ values, members }: PeerObject): EncodedMembers | undefined {
  const modern = new Map(members);
  for (const key of LEGACY_ONLY) modern.delete(key);
  if (values['mode'] === 'url') {
    // A client that reads the rest of the result would stumble over this one.
    if (typeof values['url'] !== 'string') return undefined;
    modern.delete('elicitationId');
  }
  return modern;
}
