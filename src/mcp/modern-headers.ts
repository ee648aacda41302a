import { decodeHeaderValue, encodeHeaderValue, stripOws } from './header-value.js';
import { isRecord, ownMember } from './json-record.js';
import { CLIENT_CAPABILITIES_KEY, PROTOCOL_VERSION_KEY } from './meta-keys.js';
import { METHODS, methodIn } from './methods.js';
import { paramHeaderFault, type ParamHeader } from './param-headers.js';
import type { ParsedBody } from './parse-body.js';
import { RPC } from './rpc-codes.js';
import { MODERN_VERSIONS } from './versions.js';
import { WireError } from './wire-error.js';

/** Request headers as Node has them: names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

function headerOf(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? stripOws(value) : undefined;
}

function mismatch(body: ParsedBody, message: string): WireError {
  return new WireError(400, RPC.headerMismatch, message, undefined, body.rawId);
}

function metaFault(body: ParsedBody): WireError | undefined {
  const wrong: string[] = [];
  if (typeof ownMember(body.meta, PROTOCOL_VERSION_KEY) !== 'string') wrong.push(PROTOCOL_VERSION_KEY);
  if (!isRecord(ownMember(body.meta, CLIENT_CAPABILITIES_KEY))) wrong.push(CLIENT_CAPABILITIES_KEY);
  if (wrong.length === 0) return undefined;
  const message = `params._meta needs ${PROTOCOL_VERSION_KEY} (a string) and ${CLIENT_CAPABILITIES_KEY} (an object); missing or wrong: ${wrong.join(', ')}.`;
  return new WireError(400, RPC.invalidParams, message, { missing: wrong }, body.rawId);
}

function nameFault(body: ParsedBody, headers: RequestHeaders): WireError | undefined {
  const from = METHODS.get(body.method)?.nameFrom;
  const named = from === undefined ? undefined : ownMember(body.params, from);
  // Without a name in the body there is nothing to compare: the call is refused for that later.
  if (typeof named !== 'string') return undefined;
  const sent = headerOf(headers, 'mcp-name');
  if (sent === undefined) return mismatch(body, `Mcp-Name is missing: it must equal params.${from}.`);
  const decoded = decodeHeaderValue(sent);
  if (decoded === undefined) return mismatch(body, 'Mcp-Name is not valid base64 of UTF-8.');
  return decoded === named ? undefined : mismatch(body, `Mcp-Name differs from params.${from}.`);
}

/**
 * Checks a modern request (2026-07-28, Streamable HTTP) in the order of the contract: `_meta`
 * complete (-32602); `MCP-Protocol-Version` and `Mcp-Method` equal the body (-32020); version
 * supported (-32022); `Mcp-Name` (-32020); all with 400; method known (404, -32601). The
 * `Mcp-Param-*` headers need the tool's definition: {@link checkParamHeaders}. Not for
 * notifications, which are exempt.
 */
export function checkModernRequest(
  body: ParsedBody,
  headers: RequestHeaders,
  supported: readonly string[] = MODERN_VERSIONS,
): WireError | undefined {
  const fault = metaFault(body);
  if (fault) return fault;

  const requested = ownMember(body.meta, PROTOCOL_VERSION_KEY) as string;
  const version = headerOf(headers, 'mcp-protocol-version');
  if (version === undefined) return mismatch(body, 'MCP-Protocol-Version is missing.');
  if (version !== requested) return mismatch(body, `MCP-Protocol-Version differs from ${PROTOCOL_VERSION_KEY}.`);
  const method = headerOf(headers, 'mcp-method');
  if (method === undefined) return mismatch(body, 'Mcp-Method is missing.');
  if (method !== body.method) return mismatch(body, 'Mcp-Method differs from the method of the body.');

  if (!supported.includes(requested)) {
    const data = { supported, requested };
    const message = `Protocol version ${requested} is not supported.`;
    return new WireError(400, RPC.unsupportedVersion, message, data, body.rawId);
  }
  const named = nameFault(body, headers);
  if (named) return named;
  if (methodIn('modern', method)?.kind !== 'request') {
    return new WireError(404, RPC.methodNotFound, `Method not found: ${method}`, undefined, body.rawId);
  }
  return undefined;
}

/** Checks the `Mcp-Param-*` headers of a modern `tools/call` against what the tool declares (400, -32020). */
export function checkParamHeaders(
  body: ParsedBody,
  declared: readonly ParamHeader[],
  headers: RequestHeaders,
): WireError | undefined {
  if (declared.length === 0) return undefined;
  const fault = paramHeaderFault(declared, ownMember(body.params, 'arguments'), headers);
  return fault === undefined ? undefined : mismatch(body, fault);
}

/**
 * Adds to `into` the headers that a modern request to an upstream must carry. `name` is the tool,
 * prompt or URI as that upstream knows it.
 */
export function addModernHeaders(
  into: Record<string, string>,
  version: string,
  method: string,
  name: string | undefined,
): void {
  into['MCP-Protocol-Version'] = version;
  into['Mcp-Method'] = method;
  if (name !== undefined && METHODS.get(method)?.nameFrom !== undefined) into['Mcp-Name'] = encodeHeaderValue(name);
}
