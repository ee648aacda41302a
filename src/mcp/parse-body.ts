import { isUtf8 } from 'node:buffer';
import { scanBody, type BodyRanges } from './body-ranges.js';
import { isRecord, type JsonRecord } from './json-record.js';
import { RPC } from './rpc-codes.js';
import { NO_ID, WireError } from './wire-error.js';

/** How deep a body may nest arrays and objects. */
export const MAX_BODY_DEPTH = 128;

/** One JSON-RPC message as it came: its bytes, its values, and where in the bytes the values lie. */
export class ParsedBody {
  #rawId: string | undefined;

  constructor(
    readonly bytes: Buffer,
    readonly message: JsonRecord,
    readonly params: JsonRecord | undefined,
    readonly meta: JsonRecord | undefined,
    readonly ranges: BodyRanges,
  ) {}

  /** The method, or `''` when the message has none: a response. */
  get method(): string {
    const { method } = this.message;
    return typeof method === 'string' ? method : '';
  }

  /** The id as JSON text, `null` when there is none that an answer could carry. */
  get rawId(): string {
    return (this.#rawId ??= this.#readId());
  }

  #readId(): string {
    const { id } = this.message;
    const range = this.ranges.id;
    if (range === undefined || (typeof id !== 'string' && typeof id !== 'number')) return NO_ID;
    return this.bytes.toString('utf8', range.start, range.end);
  }

  /** The bytes of `params.arguments` as the caller wrote them, for hashing. */
  get argumentsBytes(): Buffer | undefined {
    const range = this.ranges.arguments;
    return range && this.bytes.subarray(range.start, range.end);
  }
}

function refuse(message: string, id: string = NO_ID): WireError {
  return new WireError(400, RPC.invalidRequest, message, undefined, id);
}

/** Which of the three guarded objects names a key twice. */
function duplicatedIn(body: ParsedBody, members: readonly [number, number, number]): string | undefined {
  if (Object.keys(body.message).length !== members[0]) return 'the message';
  if (body.params && Object.keys(body.params).length !== members[1]) return 'params';
  if (body.meta && Object.keys(body.meta).length !== members[2]) return 'params._meta';
  return undefined;
}

/**
 * Reads one posted JSON-RPC message. Refused with 400: invalid JSON (-32700); invalid UTF-8, a
 * batch, anything but an object, `params` or `_meta` that are no objects, a key given twice at the
 * top level, in `params` or in `_meta`, and nesting deeper than {@link MAX_BODY_DEPTH} (-32600).
 * Two parsers may disagree on which duplicate counts: passing such bytes on would let a caller show
 * the gateway one name and the upstream another.
 */
export function parseBody(bytes: Buffer): ParsedBody | WireError {
  if (!isUtf8(bytes)) return refuse('The body is not valid UTF-8.');
  let message: unknown;
  try {
    message = JSON.parse(bytes.toString('utf8'));
  } catch {
    return new WireError(400, RPC.parseError, 'The body is not valid JSON.');
  }
  if (Array.isArray(message)) return refuse('JSON-RPC batches are not accepted: send one message a request.');
  if (!isRecord(message)) return refuse('The body is not a JSON-RPC message: it must be an object.');

  const scan = scanBody(bytes);
  const { params } = message;
  const meta = isRecord(params) ? params['_meta'] : undefined;
  const body = new ParsedBody(
    bytes,
    message,
    isRecord(params) ? params : undefined,
    isRecord(meta) ? meta : undefined,
    scan.ranges,
  );
  const duplicated = duplicatedIn(body, [scan.topMembers, scan.paramsMembers, scan.metaMembers]);
  // The id of a message that names it twice is not known: no id then.
  if (duplicated !== undefined) {
    return refuse(`A key is given twice in ${duplicated}.`, duplicated === 'the message' ? NO_ID : body.rawId);
  }
  if (scan.deepest > MAX_BODY_DEPTH) {
    return refuse(`The body nests deeper than ${MAX_BODY_DEPTH} levels.`, body.rawId);
  }
  if (params !== undefined && body.params === undefined) return refuse('params must be an object.', body.rawId);
  if (meta !== undefined && body.meta === undefined) return refuse('params._meta must be an object.', body.rawId);
  return body;
}
