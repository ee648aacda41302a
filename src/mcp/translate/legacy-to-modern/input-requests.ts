import { missingClientCapabilities, requiredClientCapabilities } from '../../capabilities.js';
import { isRecord } from '../../json-record.js';
import { INPUT_REQUEST_METHODS } from '../../methods.js';
import { encodeMembers, membersOf } from '../../object-members.js';
import { badMessage, innerObject, type PeerObject } from '../peer-message.js';

/** One thing that a modern upstream wants to know before it goes on. JSON through and through. */
export interface InputRequest {
  /** Its key in `inputRequests`, and its answer's in `inputResponses`. */
  readonly key: string;
  readonly method: string;
  /** JSON text of an object; `undefined` where there are none. */
  readonly params: string | undefined;
  /** Elicitation by URL: 2025-11-25 wants an id in it. */
  readonly isUrl: boolean;
}

/** @throws AppError `mcp.bad_message` for what no server may ask of this client. */
export function inputRequestsOf(result: PeerObject, clientCapabilities: unknown): InputRequest[] {
  const all = innerObject(result, 'inputRequests');
  if (!all) return [];
  return [...all.members.keys()].map((key) => {
    const entry = innerObject(all, key);
    const method = entry?.values['method'];
    if (!entry || typeof method !== 'string' || !INPUT_REQUEST_METHODS.has(method)) {
      throw badMessage('it asks the client for something that no client has');
    }
    const params = innerObject(entry, 'params');
    if (!params && method !== 'roots/list') throw badMessage(`its ${method} has no params`);
    const required = requiredClientCapabilities(method, params?.values);
    if (required && missingClientCapabilities(required, clientCapabilities)) {
      throw badMessage(`it asks for ${method}, which the client did not declare`);
    }
    const isUrl = isRecord(params?.values) && method === 'elicitation/create' && params.values['mode'] === 'url';
    return { key, method, params: params && encodeMembers(params.members).toString('utf8'), isUrl };
  });
}

/**
 * An input request as a request of a legacy server, under `id` (JSON text). `elicitationId` goes to
 * an elicitation by URL that has none: it is required there (2025-11-25, Elicitation, URL Mode
 * Elicitation Requests), and gone since. Nothing will ever announce its completion.
 */
export function toServerRequest({ method, params, isUrl }: InputRequest, id: string, elicitationId: string): Buffer {
  const members = new Map<string, Buffer | string>([
    ['jsonrpc', '"2.0"'],
    ['id', id],
    ['method', JSON.stringify(method)],
  ]);
  if (params !== undefined && isUrl) {
    const withId = membersOf(Buffer.from(params));
    if (!withId.has('elicitationId')) withId.set('elicitationId', Buffer.from(JSON.stringify(elicitationId)));
    members.set('params', encodeMembers(withId));
  } else if (params !== undefined) {
    members.set('params', params);
  }
  return encodeMembers(members);
}
