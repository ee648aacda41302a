import { isJsonSpace, CLOSE_BRACE, type ByteRange } from './json-bytes.js';
import { SERVER_INFO_KEY } from './meta-keys.js';
import { encodeMembers, type EncodedMembers } from './object-members.js';
import { splice } from './splice.js';
import type { RawId } from './wire-error.js';

/** How long, in milliseconds, a client may reuse a modern list; answers are always for one caller only. */
export interface CacheHint {
  readonly ttlMs: number;
}

/** Everything behind the result in {@link encodeResult}. */
export const RESULT_TAIL: Buffer = Buffer.from('}');

/** Everything before the result, so that megabytes of encoded list are written without a copy. */
export function resultHead(id: RawId): Buffer {
  return Buffer.from(`{"jsonrpc":"2.0","id":${typeof id === 'string' ? id : id.toString('utf8')},"result":`);
}

/** `{"jsonrpc":"2.0","id":<id>,"result":<result>}` around a result that is encoded already. */
export function encodeResult(id: RawId, result: Buffer): Buffer {
  const head = resultHead(id);
  return Buffer.concat([head, result, RESULT_TAIL], head.length + result.length + RESULT_TAIL.length);
}

/** Definitions that are encoded already, as one JSON array. */
export function encodeArray(items: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [OPEN_ARRAY];
  for (const [index, item] of items.entries()) {
    if (index > 0) parts.push(ITEM_SEPARATOR);
    parts.push(item);
  }
  parts.push(CLOSE_ARRAY);
  return Buffer.concat(parts);
}

const OPEN_ARRAY = Buffer.from('[');
const CLOSE_ARRAY = Buffer.from(']');
const ITEM_SEPARATOR = Buffer.from(',');

/** `object` (encoded, a JSON object) with `members` (`"a":1,"b":2`) put before its own, which must differ. */
export function prependMembers(object: Buffer, members: string): Buffer {
  let at = 0;
  while (isJsonSpace(object[at])) at += 1;
  at += 1;
  let next = at;
  while (isJsonSpace(object[next])) next += 1;
  const empty = object[next] === CLOSE_BRACE;
  const range: ByteRange = { start: at, end: at };
  return splice(object, range, empty ? members : `${members},`);
}

/** Puts results into the envelope of their era. One object a process: what repeats is encoded once. */
export class ResultEnvelope {
  readonly #serverInfo: string;

  /** `serverInfo`: the `Implementation` that names the gateway in each modern result's `_meta`. */
  constructor(serverInfo: object) {
    this.#serverInfo = `${JSON.stringify(SERVER_INFO_KEY)}:${JSON.stringify(serverInfo)}`;
  }

  /**
   * A modern result: `resultType`, with a cache hint `ttlMs` and `cacheScope: private`, and `_meta`
   * that names the server, before the members of `result` (encoded, a JSON object). `meta` adds
   * other members to `_meta`. `result` itself must have none of these four.
   */
  modern(result: Buffer, cache?: CacheHint, meta?: Readonly<Record<string, unknown>> | EncodedMembers): Buffer {
    const hint = cache === undefined ? '' : `"ttlMs":${Math.max(0, Math.trunc(cache.ttlMs))},"cacheScope":"private",`;
    const more = meta === undefined ? '' : innerText(meta);
    const metaText = more === '' ? this.#serverInfo : `${this.#serverInfo},${more}`;
    return prependMembers(result, `"resultType":"complete",${hint}"_meta":{${metaText}}`);
  }

  /**
   * A modern `input_required` result (2026-07-28, Multi Round-Trip Requests): `inputRequests` maps
   * each key to an encoded `{ method, params }`. One of the two must be there.
   */
  inputRequired(inputRequests: ReadonlyMap<string, Buffer> | undefined, requestState?: string): Buffer {
    const members = new Map<string, Buffer | string>([['resultType', '"input_required"']]);
    if (inputRequests) members.set('inputRequests', encodeMembers(inputRequests));
    if (requestState !== undefined) members.set('requestState', JSON.stringify(requestState));
    members.set('_meta', `{${this.#serverInfo}}`);
    return encodeMembers(members);
  }

  /** A legacy result: as it is, with `_meta` only where there is something to say. */
  legacy(result: Buffer, meta?: Readonly<Record<string, unknown>>): Buffer {
    const more = meta === undefined ? '' : innerText(meta);
    return more === '' ? result : prependMembers(result, `"_meta":{${more}}`);
  }
}

/** The members of an object as text, without its braces. */
function innerText(object: Readonly<Record<string, unknown>> | EncodedMembers): string {
  const text = object instanceof Map ? encodeMembers(object).toString('utf8') : JSON.stringify(object);
  return text.slice(1, -1);
}

/** The four lists, by the member that holds the definitions. */
export type ListField = 'tools' | 'prompts' | 'resources' | 'resourceTemplates';

/** `{"<field>":[...],"nextCursor":"..."}` around definitions that are encoded already. */
export function encodeList(field: ListField, items: readonly Buffer[], nextCursor?: string): Buffer {
  const cursor = nextCursor === undefined ? '' : `,"nextCursor":${JSON.stringify(nextCursor)}`;
  return Buffer.concat([Buffer.from(`{"${field}":`), encodeArray(items), Buffer.from(`${cursor}}`)]);
}
