import type { IncomingMessage } from 'node:http';
import { listen, type Upstream } from '../upstreams/listen.js';

const VERSION = '2026-07-28';
const TAIL = { resultType: 'complete', ttlMs: 60_000, cacheScope: 'private' };
const TOOL = { name: 'echo', inputSchema: { type: 'object' } };

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly arguments?: { readonly text?: string; readonly waitMs?: number } };
}

/** A modern server of one tool, as light as it can be: tests of the audit under load need the processor. */
export function startEchoUpstream(): Promise<Upstream> {
  return listen((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
}

async function answer(request: IncomingMessage): Promise<{ readonly status: number; readonly body: object }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Message;
  const result = (value: object): { status: number; body: object } => ({
    status: 200,
    body: { jsonrpc: '2.0', id, result: { ...value, ...TAIL } },
  });
  if (method === 'server/discover') return result({ supportedVersions: [VERSION], capabilities: { tools: {} } });
  if (method === 'tools/list') return result({ tools: [TOOL] });
  if (method !== 'tools/call')
    return { status: 404, body: { jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } } };
  const { text = '', waitMs = 0 } = params?.arguments ?? {};
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  return result({ content: [{ type: 'text', text }] });
}
