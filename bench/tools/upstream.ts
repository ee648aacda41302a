/**
 * The fastest MCP server that Node can be, for measuring what stands before it. Both eras, JSON answers.
 *
 *   tsx bench/tools/upstream.ts [--port N] [--tools 20] [--stateful] [--delay-ms N] [--era modern|legacy]
 *
 * `GET /stats` counts what it saw. `POST /control {"blackHole":true}` makes it accept calls and never answer them,
 * `{"delayMs":n}` makes them take longer.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { serveProgram } from './serve-program.js';
import { toolDefinitions } from './tool-definitions.js';
import {
  errorOf,
  isModern,
  LEGACY_VERSION,
  type Message,
  MODERN_VERSION,
  readText,
  resultOf,
  sendJson,
} from './wire.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    tools: { type: 'string', default: '20' },
    stateful: { type: 'boolean', default: false },
    'delay-ms': { type: 'string', default: '0' },
    era: { type: 'string' },
  },
});

const SERVER_INFO = { name: 'bench-upstream', version: '1.0.0' };
const CAPABILITIES = { tools: {} };
const MODERN_TAIL = '"resultType":"complete"';
const CACHEABLE_TAIL = `${MODERN_TAIL},"ttlMs":60000,"cacheScope":"public"`;
const LIST = JSON.stringify(toolDefinitions(Number(values.tools)));
const LEGACY_LIST = `{"tools":${LIST}}`;
const MODERN_LIST = `{"tools":${LIST},${CACHEABLE_TAIL}}`;
const DISCOVER = `${JSON.stringify({
  supportedVersions: [MODERN_VERSION],
  capabilities: CAPABILITIES,
  _meta: { 'io.modelcontextprotocol/serverInfo': SERVER_INFO },
}).slice(0, -1)},${CACHEABLE_TAIL}}`;

const sessions = new Set<string>();
const stats = { requests: 0, calls: 0, initialized: 0, unknownSessions: 0 };
const control = { blackHole: false, delayMs: Number(values['delay-ms']) };

function answer(message: Message, req: IncomingMessage, res: ServerResponse): void {
  const { id, method } = message;
  const modern = isModern(message);
  if (values.era !== undefined && modern !== (values.era === 'modern')) {
    return sendJson(res, 400, errorOf(id, -32600, `This server speaks the ${values.era} era only`));
  }
  if (values.stateful && !modern && method !== 'initialize' && !knownSession(req)) {
    stats.unknownSessions += 1;
    return sendJson(res, 404, errorOf(id, -32001, 'Session not found'));
  }
  if (id === undefined) return void res.writeHead(202, { 'content-length': 0 }).end();
  if (method === 'tools/call') return call(message, modern, res);
  if (method === 'tools/list') return sendJson(res, 200, resultOf(id, modern ? MODERN_LIST : LEGACY_LIST));
  if (method === 'ping' && !modern) return sendJson(res, 200, resultOf(id, '{}'));
  if (method === 'server/discover' && modern) return sendJson(res, 200, resultOf(id, DISCOVER));
  if (method === 'initialize' && !modern) return initialize(message, res);
  return sendJson(res, modern ? 404 : 200, errorOf(id, -32601, 'Method not found'));
}

function call({ id, params }: Message, modern: boolean, res: ServerResponse): void {
  stats.calls += 1;
  if (control.blackHole) return;
  const text = JSON.stringify(params?.arguments?.['text'] ?? '');
  const body = resultOf(id, `{"content":[{"type":"text","text":${text}}]${modern ? `,${MODERN_TAIL}` : ''}}`);
  if (control.delayMs === 0) return sendJson(res, 200, body);
  setTimeout(() => sendJson(res, 200, body), control.delayMs);
}

function initialize({ id, params }: Message, res: ServerResponse): void {
  stats.initialized += 1;
  const headers: Record<string, string> = {};
  if (values.stateful) {
    const session = randomUUID();
    sessions.add(session);
    headers['mcp-session-id'] = session;
  }
  const asked = params?.protocolVersion ?? LEGACY_VERSION;
  const protocolVersion = asked < MODERN_VERSION ? asked : LEGACY_VERSION;
  const result = JSON.stringify({ protocolVersion, capabilities: CAPABILITIES, serverInfo: SERVER_INFO });
  sendJson(res, 200, resultOf(id, result), headers);
}

function knownSession({ headers }: IncomingMessage): boolean {
  return sessions.has(String(headers['mcp-session-id']));
}

function receive(req: IncomingMessage, res: ServerResponse): void {
  stats.requests += 1;
  if (req.url === '/stats') return sendJson(res, 200, JSON.stringify({ ...stats, sessions: sessions.size }));
  if (req.url !== '/mcp' && req.url !== '/control') return sendJson(res, 404, '{}');
  if (req.method === 'DELETE') {
    sessions.delete(String(req.headers['mcp-session-id']));
    return void res.writeHead(204).end();
  }
  if (req.method !== 'POST') return sendJson(res, 405, errorOf(undefined, -32000, 'Method not allowed'));
  readText(req, (text) => {
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
    } catch {
      return sendJson(res, 400, errorOf(undefined, -32700, 'Parse error'));
    }
    if (req.url === '/control') {
      Object.assign(control, message);
      return sendJson(res, 200, JSON.stringify(control));
    }
    answer(message, req, res);
  });
}

serveProgram(receive, Number(values.port));
