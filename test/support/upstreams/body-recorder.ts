import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Definition, ECHO_TOOL } from './content.js';
import { listen, type Upstream } from './listen.js';

export interface BodyRecorder extends Upstream {
  /** Every POSTed body, as it came. */
  readonly bodies: string[];
}

const TOOLS: readonly Definition[] = [
  ECHO_TOOL,
  { name: 'wait', description: 'Waits until it is cancelled', inputSchema: { type: 'object' } },
];

/** A server of 2025-11-25 that keeps the bytes it was sent. Its tool `wait` never answers: a cancellation cuts it off. */
export async function startBodyRecorder(): Promise<BodyRecorder> {
  const bodies: string[] = [];
  const waiting = new Set<ServerResponse>();
  const upstream = await listen((req, res) => void answer(req, res, bodies, waiting));
  return { ...upstream, bodies };
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  bodies: string[],
  waiting: Set<ServerResponse>,
): Promise<void> {
  if (req.method !== 'POST') return void res.writeHead(405).end();
  const body = await text(req);
  bodies.push(body);
  const message = JSON.parse(body) as { id?: unknown; method?: string; params?: { name?: string } };
  if (message.method === 'notifications/cancelled') for (const held of waiting) held.destroy();
  if (message.id === undefined) return void res.writeHead(202).end();
  if (message.params?.name === 'wait') return void waiting.add(res);
  const result = resultOf(message.method);
  const reply = result ? { result } : { error: { code: -32601, message: 'Method not found' } };
  res.writeHead(200, { 'content-type': 'application/json' });
  res.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...reply }));
}

function resultOf(method: string | undefined): Definition | undefined {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'recording', version: '1.0.0' },
      };
    case 'tools/list':
      return { tools: TOOLS };
    case 'tools/call':
      return { content: [{ type: 'text', text: 'recorded' }] };
    case 'ping':
      return {};
    default:
      return undefined;
  }
}
