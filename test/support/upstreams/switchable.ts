import type { IncomingMessage, ServerResponse } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { type UpstreamContent, upstreamContent } from './content.js';
import { legacyServer } from './legacy-server.js';
import { listen, type Upstream } from './listen.js';
import { modernHandler } from './modern-server.js';

/** `down` cuts the connection, `hanging` never answers, `gone` is another service that knows no such path. */
export type Condition = 'up' | 'down' | 'hanging' | 'gone';
export type SpokenEras = 'legacy' | 'modern' | 'both';

export interface SwitchableUpstream extends Upstream {
  readonly content: UpstreamContent;
  condition: Condition;
  eras: SpokenEras;
  /** What it was asked, whatever its condition: JSON-RPC methods. */
  readonly asked: string[];
  /** Requests under way, and the most there ever were. */
  readonly load: { current: number; most: number };
}

/** A server without sessions whose condition and eras can be changed while it runs. */
export async function startSwitchable(
  options: { readonly eras?: SpokenEras; readonly content?: Partial<UpstreamContent> } = {},
): Promise<SwitchableUpstream> {
  const content = upstreamContent(options.content);
  const both = modernHandler(content, 'stateless');
  const modernOnly = modernHandler(content, 'reject');

  const serve = async (req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> => {
    const { condition, eras } = upstream;
    if (condition === 'down') return void res.destroy();
    if (condition === 'hanging') return;
    if (condition === 'gone') return void res.writeHead(404, { 'content-type': 'text/html' }).end('<html></html>');
    if (eras !== 'legacy') return toNodeHandler(eras === 'both' ? both : modernOnly)(req, res, body);
    const server = legacyServer(content);
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    res.on('close', () => void server.close());
    await server.connect(transport);
    await transport.handleRequest(req, res, body);
  };

  const server = await listen((req, res) => {
    const { load } = upstream;
    load.most = Math.max(load.most, (load.current += 1));
    res.on('close', () => (load.current -= 1));
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const body = text === '' ? undefined : (JSON.parse(text) as { readonly method?: string });
      upstream.asked.push(body?.method ?? String(req.method));
      serve(req, res, body).catch(() => res.destroy());
    });
  });
  const upstream: SwitchableUpstream = {
    ...server,
    content,
    condition: 'up',
    eras: options.eras ?? 'both',
    asked: [],
    load: { current: 0, most: 0 },
    close: async () => {
      await Promise.all([both.close(), modernOnly.close()]);
      await server.close();
    },
  };
  return upstream;
}
