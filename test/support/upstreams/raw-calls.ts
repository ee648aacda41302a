import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  errorOf,
  isModern,
  LEGACY_VERSION,
  type Message,
  MODERN_VERSION,
  readText,
  resultOf,
  sendJson,
} from '../../../bench/tools/wire.js';
import { listen, type Upstream } from './listen.js';

/** What is done with a call, with nothing in between that would make it right. */
export type RawAnswer = (res: ServerResponse, message: Message, req: IncomingMessage) => void;

export interface RawUpstream extends Upstream {
  /** `tools/call` requests that came in. */
  calls(): number;
  /** All POSTs that came in. */
  requests(): number;
  /** From now on tools are called so. */
  answer: RawAnswer;
}

const CAPABILITIES = { tools: {} };
const CACHEABLE = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
const TOOLS = [{ name: 'do', inputSchema: { type: 'object' } }];

/** Behaves, without sessions, in both eras or the modern one alone, but for `tools/call`, which `answer` does. */
export async function startRawCalls(answer: RawAnswer, eras: 'both' | 'modern' = 'both'): Promise<RawUpstream> {
  let calls = 0;
  let requests = 0;
  const respond = (message: Message, req: IncomingMessage, res: ServerResponse): void => {
    const { id, method } = message;
    const modern = isModern(message);
    const result = (value: object): void => sendJson(res, 200, resultOf(id, JSON.stringify(value)));
    if (!modern && eras === 'modern') return sendJson(res, 400, errorOf(id, -32022, 'Unsupported revision'));
    if (method === 'tools/call') {
      calls += 1;
      return upstream.answer(res, message, req);
    }
    if (id === undefined) return void res.writeHead(202).end();
    if (method === 'tools/list') return result({ tools: TOOLS, ...(modern && CACHEABLE) });
    if (method === 'ping' && !modern) return result({});
    if (method === 'server/discover' && modern)
      return result({ supportedVersions: [MODERN_VERSION], capabilities: CAPABILITIES, ...CACHEABLE });
    if (method === 'initialize' && !modern)
      return result({
        protocolVersion: LEGACY_VERSION,
        capabilities: CAPABILITIES,
        serverInfo: { name: 'raw', version: '1' },
      });
    sendJson(res, modern ? 404 : 200, errorOf(id, -32601, 'Method not found'));
  };
  const upstream: RawUpstream = {
    ...(await listen((req, res) => {
      if (req.method !== 'POST') return void res.writeHead(405).end();
      requests += 1;
      readText(req, (text) => respond(JSON.parse(text) as Message, req, res));
    })),
    calls: () => calls,
    requests: () => requests,
    answer,
  };
  return upstream;
}

export function json(res: ServerResponse, body: string | Buffer, headers: Record<string, string> = {}): void {
  sendJson(res, 200, body, headers);
}

/** Opens an event stream and writes these events, each one message. */
export function events(res: ServerResponse, ...messages: readonly string[]): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const message of messages) res.write(`data: ${message}\n\n`);
}
