import { stripOws } from './header-value.js';
import { ownMember } from './json-record.js';
import { PROTOCOL_VERSION_KEY, REQUIRED_META_KEYS } from './meta-keys.js';
import type { ParsedBody } from './parse-body.js';
import { RPC } from './rpc-codes.js';
import { isModernVersion, type Era } from './versions.js';
import { WireError } from './wire-error.js';

export type MessageKind = 'request' | 'notification' | 'response';

/** What a message is. One of five objects that live as long as the process. */
export interface MessageClass {
  readonly era: Era;
  readonly kind: MessageKind;
}

const MODERN_REQUEST: MessageClass = Object.freeze({ era: 'modern', kind: 'request' });
const MODERN_NOTIFICATION: MessageClass = Object.freeze({ era: 'modern', kind: 'notification' });
const LEGACY_REQUEST: MessageClass = Object.freeze({ era: 'legacy', kind: 'request' });
const LEGACY_NOTIFICATION: MessageClass = Object.freeze({ era: 'legacy', kind: 'notification' });
const LEGACY_RESPONSE: MessageClass = Object.freeze({ era: 'legacy', kind: 'response' });

/** An id that MCP allows: a string or an integer, never null (2025-11-25, Base Protocol). */
function isRequestId(id: unknown): boolean {
  return typeof id === 'string' || Number.isInteger(id);
}

/** What kind of JSON-RPC 2.0 message this is, or `undefined` when it is none that MCP knows. */
export function kindOf({ message }: Pick<ParsedBody, 'message'>): MessageKind | undefined {
  if (message['jsonrpc'] !== '2.0') return undefined;
  const hasId = Object.hasOwn(message, 'id');
  const answers = Number(Object.hasOwn(message, 'result')) + Number(Object.hasOwn(message, 'error'));
  if (Object.hasOwn(message, 'method')) {
    if (typeof message['method'] !== 'string' || answers > 0) return undefined;
    if (!hasId) return 'notification';
    return isRequestId(message['id']) ? 'request' : undefined;
  }
  if (answers !== 1) return undefined;
  // An error without an id answers a message that could not be read.
  const anonymous = Object.hasOwn(message, 'error') && (!hasId || message['id'] === null);
  return anonymous || isRequestId(message['id']) ? 'response' : undefined;
}

function malformed(body: ParsedBody, versionHeader: string): WireError {
  if (body.method === 'initialize') {
    const message = `initialize belongs to earlier revisions, but MCP-Protocol-Version is ${versionHeader}.`;
    return new WireError(400, RPC.headerMismatch, message, undefined, body.rawId);
  }
  const missing = REQUIRED_META_KEYS.filter((key) => ownMember(body.meta, key) === undefined);
  const message = `MCP-Protocol-Version is ${versionHeader}, but params._meta lacks ${missing.join(', ')}.`;
  return new WireError(400, RPC.invalidParams, message, { missing }, body.rawId);
}

/**
 * The era and kind of a posted message (GET and DELETE are always legacy). Decided in this order:
 * 1. `params._meta` with the protocol version key: modern, whatever the method and the version;
 * 2. no such key, but a header that names a modern revision: a request is malformed (400, -32602;
 *    for `initialize` -32020), never legacy; a notification is modern;
 * 3. all else is legacy, posted responses included.
 */
export function classify(body: ParsedBody, versionHeader: string | undefined): MessageClass | WireError {
  const kind = kindOf(body);
  if (kind === undefined) {
    return new WireError(400, RPC.invalidRequest, 'The body is not a JSON-RPC 2.0 message.', undefined, body.rawId);
  }
  if (kind === 'response') return LEGACY_RESPONSE;
  if (body.meta !== undefined && Object.hasOwn(body.meta, PROTOCOL_VERSION_KEY)) {
    return kind === 'request' ? MODERN_REQUEST : MODERN_NOTIFICATION;
  }
  const version = versionHeader === undefined ? undefined : stripOws(versionHeader);
  if (version !== undefined && isModernVersion(version)) {
    return kind === 'request' ? malformed(body, version) : MODERN_NOTIFICATION;
  }
  return kind === 'request' ? LEGACY_REQUEST : LEGACY_NOTIFICATION;
}
