import type { Caller } from '../../../kernel/caller.js';
import type { RequestHeaders } from '../../../mcp/modern-headers.js';
import type { Exchange } from '../endpoint/exchange.js';
import type { SessionEndpoint } from '../sessions/client-session.js';

/** The kind under which replicas ask each other to serve a client's message. */
export const CLIENT_MESSAGE = 'client-message';

/** What a client's message came with; its bytes are the body of the exchange between the replicas. */
export interface ClientMessage {
  readonly headers: RequestHeaders;
  readonly target: SessionEndpoint;
  readonly caller: Caller;
}

/** Other headers concern the client's connection or its credentials, which were checked where it arrived. */
const KEPT = ['accept', 'last-event-id'];

export function clientMessageOf({ headers, target, caller }: Exchange): ClientMessage {
  const kept = Object.entries(headers).filter(([name]) => name.startsWith('mcp-') || KEPT.includes(name));
  return {
    headers: Object.fromEntries(kept),
    target: target.kind === 'server' ? { kind: 'server', serverId: target.server.id } : target,
    caller,
  };
}
