import { ownMember } from '../json-record.js';
import { encodeMembers } from '../object-members.js';
import type { PeerObject } from './peer-message.js';

/**
 * An upstream's error object under another id (JSON text) and code, with its own message, and its data as the
 * bytes that they are: however deep a stranger nested them, nothing here walks them.
 */
export function encodeErrorObject(id: string, code: number, error: PeerObject): Buffer {
  const message = ownMember(error.values, 'message');
  const members = new Map<string, Buffer | string>([
    ['code', String(code)],
    ['message', JSON.stringify(typeof message === 'string' ? message : 'The server gave no reason.')],
  ]);
  const data = error.members.get('data');
  if (data) members.set('data', data);
  return Buffer.concat([Buffer.from(`{"jsonrpc":"2.0","id":${id},"error":`), encodeMembers(members), Buffer.from('}')]);
}
