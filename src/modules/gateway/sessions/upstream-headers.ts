import { POST_HEADERS } from '../forward/upstream-exchange.js';
import type { UpstreamSession } from './client-session.js';

/** What each request of an upstream session carries. */
export function upstreamHeaders(upstream: UpstreamSession): Record<string, string> {
  return {
    ...POST_HEADERS,
    'mcp-protocol-version': upstream.protocolVersion,
    ...(upstream.sessionId === undefined ? {} : { 'mcp-session-id': upstream.sessionId }),
  };
}

/** What the request for its stream carries. */
export function streamHeaders(upstream: UpstreamSession, lastEventId?: string): Record<string, string> {
  const { accept: _accept, 'content-type': _type, ...headers } = upstreamHeaders(upstream);
  const resume: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  return { ...headers, accept: 'text/event-stream', ...resume };
}
