import { scanCall } from './body-ranges.js';
import { isRecord, ownMember } from './json-record.js';
import { type ParsedBody, parseBody } from './parse-body.js';
import { RPC } from './rpc-codes.js';
import { spliceAll } from './splice.js';
import { WireError } from './wire-error.js';

/** What is wrong with the arguments, in words for the model that wrote them. */
export interface CallFault {
  readonly fault: string;
}

const MEMBERS = new Set(['name', 'arguments']);

/**
 * The `tools/call` that another one names in its arguments, `{ name, arguments }`, as if the client had
 * sent it: the same id, `_meta` and whatever else is in `params`, and the inner arguments byte for byte.
 * Inner members that are given twice are refused like those of `params` (400, -32600).
 */
export function innerCall(body: ParsedBody): ParsedBody | CallFault | WireError {
  const given = ownMember(body.params, 'arguments');
  const { name: nameRange, arguments: range } = body.ranges;
  if (!isRecord(given) || !nameRange || !range) return fault('The arguments must be an object with "name".');
  const scan = scanCall(body.bytes, range);
  if (Object.keys(given).length !== scan.members) {
    return new WireError(400, RPC.invalidRequest, 'A key is given twice in params.arguments.', undefined, body.rawId);
  }
  const args = ownMember(given, 'arguments');
  if (!scan.name || typeof ownMember(given, 'name') !== 'string') return fault('"name" must be a string.');
  if (args !== undefined && !isRecord(args)) return fault('"arguments" must be an object, not text of one.');
  const stranger = Object.keys(given).find((key) => !MEMBERS.has(key));
  if (stranger !== undefined) {
    return fault(
      `${JSON.stringify(stranger.slice(0, 100))} is out of place: the tool's own arguments belong into "arguments".`,
    );
  }
  const { bytes } = body;
  return parseBody(
    spliceAll(bytes, [
      { range: nameRange, by: bytes.subarray(scan.name.start, scan.name.end) },
      { range, by: scan.arguments ? bytes.subarray(scan.arguments.start, scan.arguments.end) : '{}' },
    ]),
  );
}

function fault(what: string): CallFault {
  return { fault: what };
}
