import { isUtf8 } from 'node:buffer';
import { AppError } from '../../kernel/app-error.js';
import { kindOf } from '../classify.js';
import { isRecord, ownMember, type JsonRecord } from '../json-record.js';
import { membersOf, type EncodedMembers } from '../object-members.js';
import { NO_ID } from '../wire-error.js';

/** A JSON object of an upstream, as values and as bytes. */
export interface PeerObject {
  readonly values: JsonRecord;
  readonly members: EncodedMembers;
}

export interface PeerRequest {
  readonly kind: 'request';
  readonly method: string;
  /** The id under which the upstream asks, as JSON text. */
  readonly id: string;
  readonly params: PeerObject | undefined;
}

export interface PeerNotification {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: PeerObject | undefined;
}

/** A successful answer. `id` is the one that the request went out with, as JSON text. */
export interface PeerResult {
  readonly kind: 'result';
  readonly id: string;
  readonly result: PeerObject;
}

export interface PeerError {
  readonly kind: 'error';
  readonly id: string;
  readonly code: number;
  readonly error: PeerObject;
}

/** One message of an upstream, taken apart. What is a value here is parsed; what is bytes is untouched. */
export type PeerMessage = PeerRequest | PeerNotification | PeerResult | PeerError;

/**
 * Reads a JSON-RPC message of an upstream, whatever it sent. Keys that are given twice end as
 * `JSON.parse` ends them, in the values and in the bytes alike.
 *
 * @throws AppError `mcp.bad_message` for anything that is no message: no UTF-8, no JSON, a batch, an
 *   id that MCP does not know, `params` or a result that are no objects, an error without a code.
 */
export function readPeerMessage(bytes: Buffer): PeerMessage {
  const { values, members } = readObject(bytes);
  const kind = kindOf({ message: values });
  if (kind === undefined) throw badMessage('it is no JSON-RPC 2.0 message');
  const id = members.get('id')?.toString('utf8') ?? NO_ID;
  const method = String(values['method']);
  if (kind !== 'response') {
    const params = Object.hasOwn(values, 'params') ? part(values, members, 'params') : undefined;
    return kind === 'request' ? { kind, method, id, params } : { kind, method, params };
  }
  if (Object.hasOwn(values, 'result')) return { kind: 'result', id, result: part(values, members, 'result') };
  const error = part(values, members, 'error');
  const code = ownMember(error.values, 'code');
  if (typeof code !== 'number' || !Number.isSafeInteger(code)) throw badMessage('its error has no integer code');
  return { kind: 'error', id, code, error };
}

/** The part of a message that is an object itself, e.g. `_meta`; `undefined` when it is none. */
export function innerObject(object: PeerObject, key: string): PeerObject | undefined {
  const values = ownMember(object.values, key);
  const bytes = object.members.get(key);
  return isRecord(values) && bytes ? { values, members: membersOf(bytes) } : undefined;
}

export function badMessage(why: string): AppError {
  return new AppError('upstream_failed', 'mcp.bad_message', `The server sent a message that cannot be used: ${why}.`);
}

function readObject(bytes: Buffer): PeerObject {
  if (!isUtf8(bytes)) throw badMessage('it is not valid UTF-8');
  let values: unknown;
  try {
    values = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw badMessage('it is not valid JSON');
  }
  if (!isRecord(values)) throw badMessage('it is no JSON object');
  return { values, members: membersOf(bytes) };
}

function part(values: JsonRecord, members: EncodedMembers, key: string): PeerObject {
  const object = innerObject({ values, members }, key);
  if (!object) throw badMessage(`its ${key} is no object`);
  return object;
}
