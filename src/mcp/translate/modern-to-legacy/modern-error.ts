import { missingClientCapabilities } from '../../capabilities.js';
import { encodeResult, type ResultEnvelope } from '../../envelope.js';
import { codeForEra, httpStatusOf } from '../../errors.js';
import { isRecord, ownMember } from '../../json-record.js';
import { METHODS } from '../../methods.js';
import { RPC } from '../../rpc-codes.js';
import { encodeError } from '../../wire-error.js';
import { encodeErrorObject } from '../error-object.js';
import { innerObject, type PeerError } from '../peer-message.js';
import type { ModernCall } from './modern-call.js';

export type ModernAnswer =
  | { readonly kind: 'result'; readonly httpStatus: 200; readonly bytes: Buffer }
  /** The upstream ended the call, and wants the client to see a URL before it calls again. */
  | { readonly kind: 'input_required'; readonly httpStatus: 200; readonly bytes: Buffer }
  /** `code` is what the client sees. */
  | { readonly kind: 'error'; readonly httpStatus: number; readonly code: number; readonly bytes: Buffer };

const URL_ELICITATION = { elicitation: { url: {} } };

/**
 * Codes that only the specification may give a meaning (2026-07-28, Base Protocol, Error Codes):
 * from a legacy server they mean something of its own.
 */
function isReserved(code: number): boolean {
  return code <= -32020 && code >= -32099;
}

/**
 * A legacy upstream's error as the modern client gets it. -32002 is -32602; -32042 becomes
 * `input_required` where client and method know URL elicitation, -32021 where the client did not
 * declare it, else -32603 like every other code of the reserved range. Message and data stay, but
 * for -32021, which defines its own.
 */
export function toModernError(answer: PeerError, call: ModernCall, envelope: ResultEnvelope): ModernAnswer {
  const asked = answer.code === RPC.urlElicitationRequired ? urlRequests(answer, call.method) : undefined;
  if (!asked) {
    const code = isReserved(answer.code) ? RPC.internalError : codeForEra('modern', answer.code);
    return {
      kind: 'error',
      httpStatus: statusOf(code, call.method),
      code,
      bytes: encodeErrorObject(call.id, code, answer.error),
    };
  }
  const requiredCapabilities = missingClientCapabilities(URL_ELICITATION, call.clientCapabilities);
  if (requiredCapabilities) {
    const code = RPC.missingClientCapability;
    const message = 'The server needs the user to open a URL, and the client does not declare elicitation.url.';
    const bytes = encodeError(call.id, code, message, { requiredCapabilities });
    return { kind: 'error', httpStatus: httpStatusOf('modern', code), code, bytes };
  }
  // The call is over: its retry carries nothing that the upstream would need, so there is no `requestState`.
  return { kind: 'input_required', httpStatus: 200, bytes: encodeResult(call.id, envelope.inputRequired(asked)) };
}

/**
 * The client's message could be read and was passed on, so what the server says is about the call and travels in a 200.
 * 404 is for a method that the server does not implement (2026-07-28, Streamable HTTP, Protocol Version Header): one that
 * listed what is called has the method, and says -32601 of something else, say of what it asked its client.
 */
function statusOf(code: number, method: string): number {
  const isImplemented = METHODS.get(method)?.mayRequireInput === true;
  return code === RPC.methodNotFound && !isImplemented ? httpStatusOf('modern', code) : 200;
}

/**
 * `data.elicitations` (2025-11-25, Elicitation, URL Elicitation Required Error) as `inputRequests`,
 * without the `elicitationId` that 2026-07-28 removed; `undefined` when there is none to show.
 */
function urlRequests(answer: PeerError, method: string): Map<string, Buffer> | undefined {
  if (METHODS.get(method)?.mayRequireInput !== true) return undefined;
  const elicitations = innerObject(answer.error, 'data')?.values['elicitations'];
  if (!Array.isArray(elicitations)) return undefined;
  const requests = new Map<string, Buffer>();
  for (const elicitation of elicitations as unknown[]) {
    const [url, message] = isRecord(elicitation)
      ? [ownMember(elicitation, 'url'), ownMember(elicitation, 'message')]
      : [];
    if (typeof url !== 'string') continue;
    const params = { mode: 'url', message: typeof message === 'string' ? message : '', url };
    const request = { method: 'elicitation/create', params };
    requests.set(`url-${String(requests.size + 1)}`, Buffer.from(JSON.stringify(request)));
  }
  return requests.size > 0 ? requests : undefined;
}
