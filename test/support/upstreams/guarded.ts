import type { IncomingHttpHeaders } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { type UpstreamContent, upstreamContent } from './content.js';
import { listen, type Upstream } from './listen.js';
import { modernHandler } from './modern-server.js';

export interface GuardedUpstream extends Upstream {
  readonly content: UpstreamContent;
  /** The header that it wants to see; may be changed while it runs. */
  wanted: { readonly name: string; readonly value: string };
  /** The headers of every request, refused ones included. */
  readonly seen: IncomingHttpHeaders[];
}

/** Speaks both eras to whoever presents `wanted`, and answers 401 to everybody else. */
export async function startGuarded(
  wanted: GuardedUpstream['wanted'],
  overrides: Partial<UpstreamContent> = {},
): Promise<GuardedUpstream> {
  const content = upstreamContent(overrides);
  const handler = modernHandler(content, 'stateless');
  const serve = toNodeHandler(handler);
  const seen: IncomingHttpHeaders[] = [];
  const server = await listen((req, res) => {
    seen.push(req.headers);
    if (req.headers[upstream.wanted.name] === upstream.wanted.value) return void serve(req, res);
    res.writeHead(401, { 'www-authenticate': 'Bearer realm="guarded"', 'content-type': 'application/json' });
    // Some servers say what they were given, and nobody may repeat that.
    res.end(JSON.stringify({ error: 'unauthorized', given: req.headers.authorization ?? null }));
  });
  const upstream: GuardedUpstream = {
    ...server,
    content,
    wanted,
    seen,
    close: async () => {
      await handler.close();
      await server.close();
    },
  };
  return upstream;
}

export function bearer(token: string): GuardedUpstream['wanted'] {
  return { name: 'authorization', value: `Bearer ${token}` };
}
