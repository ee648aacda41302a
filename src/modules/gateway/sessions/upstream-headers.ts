import { postHeaders } from '../forward/upstream-exchange.js';
import type { UpstreamSession } from './client-session.js';

/** What each request of an upstream session carries. */
export function upstreamHeaders({ protocolVersion, sessionId }: UpstreamSession): Record<string, string> {
  const headers = postHeaders();
  headers['mcp-protocol-version'] = protocolVersion;
  if (sessionId !== undefined) headers['mcp-session-id'] = sessionId;
  return headers;
}

/** What the request for its stream carries. */
export function streamHeaders(upstream: UpstreamSession, lastEventId?: string): Record<string, string> {
  const { accept: _accept, 'content-type': _type, ...headers } = upstreamHeaders(upstream);
  const resume: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  return { ...headers, accept: 'text/event-stream', ...resume };
}
