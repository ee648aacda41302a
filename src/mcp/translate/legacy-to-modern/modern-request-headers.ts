import { ownMember } from '../../json-record.js';
import { addModernHeaders } from '../../modern-headers.js';
import { addParamHeaders, type ParamHeader } from '../../param-headers.js';
import type { ParsedBody } from '../../parse-body.js';

/** What the upstream calls the thing that is asked for, and what of its arguments it wants in headers. */
export interface HeaderSource {
  /** The tool, prompt or URI under the upstream's own name. */
  readonly name?: string;
  /** A tool with an invalid `x-mcp-header` must not be called at all: the catalogue leaves it out. */
  readonly paramHeaders?: readonly ParamHeader[];
}

/**
 * The headers of 2026-07-28 (Streamable HTTP, Request Metadata) for a legacy client's request, made
 * from its body: the client knows none of them. What no header can carry as it is goes in base64.
 * Retries have the same headers.
 */
export function modernRequestHeaders(
  body: ParsedBody,
  protocolVersion: string,
  { name, paramHeaders = [] }: HeaderSource,
): Record<string, string> {
  const headers: Record<string, string> = {};
  addModernHeaders(headers, protocolVersion, body.method, name);
  if (body.method === 'tools/call') addParamHeaders(headers, paramHeaders, ownMember(body.params, 'arguments'));
  return headers;
}
