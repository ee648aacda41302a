import { ownMember } from '../json-record.js';
import { SUBSCRIPTION_ID_KEY } from '../meta-keys.js';
import { encodeMembers, type EncodedMembers } from '../object-members.js';
import { innerObject, type PeerNotification } from './peer-message.js';

export type ListKind = 'tools' | 'prompts' | 'resources';

/** What becomes of an upstream's notification. All but `forward` is for the gateway itself. */
export type NotificationFate =
  /** On the stream of the call, as these bytes. */
  | { readonly kind: 'forward'; readonly bytes: Buffer }
  /** Lists are the gateway's own: it reads the upstream's again, and tells its clients itself. */
  | { readonly kind: 'list_changed'; readonly list: ListKind }
  /** For the clients that subscribed. `bytes` is the notification without any `subscriptionId`. */
  | { readonly kind: 'resource_updated'; readonly uri: string; readonly bytes: Buffer }
  /** The upstream takes back a request that it sent under this id (JSON text). */
  | { readonly kind: 'cancelled'; readonly requestId: string }
  | { readonly kind: 'dropped'; readonly why: string };

const LISTS: ReadonlyMap<string, ListKind> = new Map([
  ['notifications/tools/list_changed', 'tools'],
  ['notifications/prompts/list_changed', 'prompts'],
  ['notifications/resources/list_changed', 'resources'],
]);

export function dropped(why: string): NotificationFate {
  return { kind: 'dropped', why };
}

/** A notification with these params, or without any. */
export function encodeNotification(method: string, params?: EncodedMembers): Buffer {
  const members = new Map<string, Buffer | string>([
    ['jsonrpc', '"2.0"'],
    ['method', JSON.stringify(method)],
  ]);
  if (params) members.set('params', encodeMembers(params));
  return encodeMembers(members);
}

/** The fate of what says that something changed, the same in both eras; `undefined` for all else. */
export function changeFate({ method, params }: PeerNotification): NotificationFate | undefined {
  const list = LISTS.get(method);
  if (list) return { kind: 'list_changed', list };
  if (method !== 'notifications/resources/updated') return undefined;
  const uri = ownMember(params?.values, 'uri');
  if (!params || typeof uri !== 'string') return dropped('It names no resource.');
  const members = new Map(params.members);
  const meta = innerObject(params, '_meta')?.members;
  if (meta?.delete(SUBSCRIPTION_ID_KEY)) {
    if (meta.size === 0) members.delete('_meta');
    else members.set('_meta', encodeMembers(meta));
  }
  return { kind: 'resource_updated', uri, bytes: encodeNotification(method, members) };
}

/**
 * Progress of one call: with the token that the call was sent with, else it is of no call that this
 * client has (Progress, Behavior Requirements). `token` is what the client knows it by.
 */
export function progressFate(
  { method, params }: PeerNotification,
  sentToken: unknown,
  token: unknown,
): NotificationFate {
  const given = ownMember(params?.values, 'progressToken');
  if (!params || given === undefined || given !== sentToken) return dropped('It is not the progress of this call.');
  if (typeof token !== 'string' && typeof token !== 'number') return dropped('The client wants no progress.');
  const members = new Map(params.members);
  if (token !== sentToken) members.set('progressToken', Buffer.from(JSON.stringify(token)));
  return { kind: 'forward', bytes: encodeNotification(method, members) };
}
