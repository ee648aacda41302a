import { CLIENT_CAPABILITIES_KEY, CLIENT_INFO_KEY, LOG_LEVEL_KEY, PROTOCOL_VERSION_KEY } from '../../meta-keys.js';
import { METHODS } from '../../methods.js';
import { encodeMembers, membersOf, type EncodedMembers } from '../../object-members.js';
import { bridgedClientCapabilities } from '../bridged-capabilities.js';
import { readImplementation } from '../implementation.js';

/** What a legacy session knows of its client. */
export interface SessionClient {
  readonly clientCapabilities: unknown;
  readonly clientInfo: unknown;
  /** As `logging/setLevel` set it. */
  readonly logLevel: string | undefined;
}

/** What a retry adds to the request that was answered with `input_required`. */
export interface Retry {
  /** Encoded: an answer by each key. `undefined` when nothing was asked. */
  readonly inputResponses: Buffer | undefined;
  /** To be echoed as it came; `undefined` when none came. */
  readonly requestState: string | undefined;
}

const OWN_META = [PROTOCOL_VERSION_KEY, CLIENT_CAPABILITIES_KEY, CLIENT_INFO_KEY, LOG_LEVEL_KEY];
/** Legacy clients have no retries, and the gateway offers no tasks: what they put there means nothing. */
const NOT_THEIRS = ['task', 'inputResponses', 'requestState'];

/**
 * What `_meta` of each request says for a session (2026-07-28, Base Protocol, `_meta`). It changes
 * with the log level only, so it is made once for a session and a level.
 */
export function modernMetaOf(client: SessionClient, protocolVersion: string): EncodedMembers {
  const meta: EncodedMembers = new Map();
  const set = (key: string, value: unknown): unknown => meta.set(key, Buffer.from(JSON.stringify(value)));
  set(PROTOCOL_VERSION_KEY, protocolVersion);
  set(CLIENT_CAPABILITIES_KEY, bridgedClientCapabilities(client.clientCapabilities));
  const info = readImplementation(client.clientInfo);
  if (info) set(CLIENT_INFO_KEY, info);
  if (client.logLevel !== undefined) set(LOG_LEVEL_KEY, client.logLevel);
  return meta;
}

/**
 * A legacy request as a modern upstream gets it, under `id` (JSON text). `request` is a checked body
 * with the upstream's own names in it. Other members of `_meta`, the progress token among them, and
 * all other values keep their bytes. The log level goes along only where a server runs something of
 * its own that could log. A `cursor` would stay as it is, but lists are answered by the gateway.
 */
export function toModernRequest(request: Buffer, id: string, meta: EncodedMembers, retry?: Retry): Buffer {
  const members = membersOf(request);
  members.set('id', Buffer.from(id));
  const paramsBytes = members.get('params');
  const params: EncodedMembers = paramsBytes ? membersOf(paramsBytes) : new Map();
  for (const key of NOT_THEIRS) params.delete(key);

  const given = params.get('_meta');
  const merged: EncodedMembers = given ? membersOf(given) : new Map();
  for (const key of OWN_META) merged.delete(key);
  const logs = METHODS.get(methodOf(members))?.audited === true;
  for (const [key, value] of meta) if (logs || key !== LOG_LEVEL_KEY) merged.set(key, value);
  params.set('_meta', encodeMembers(merged));

  if (retry?.inputResponses) params.set('inputResponses', retry.inputResponses);
  if (retry?.requestState !== undefined) params.set('requestState', Buffer.from(JSON.stringify(retry.requestState)));
  members.set('params', encodeMembers(params));
  return encodeMembers(members);
}

function methodOf(members: EncodedMembers): string {
  return String(JSON.parse(members.get('method')?.toString('utf8') ?? '""'));
}
