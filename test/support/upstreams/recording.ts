/**
 * An MCP server of both eras that writes down every call it executes, for a process that will be killed.
 *
 *   tsx test/support/upstreams/recording.ts --log <file> [--port N]
 *
 * The tool `record` appends `callId` to the file before it does anything else, so what ran is known whatever becomes of
 * the process; it answers a little later, as an event stream when `stream` is true. Legacy sessions are in memory: a
 * process that starts again knows none. `GET /stats` counts what this process saw.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { serveProgram } from '../../../bench/tools/serve-program.js';
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

/** So that a kill finds calls that have run and were not answered. */
const WORK_MS = 15;
const SERVER_INFO = { name: 'recording', version: '1.0.0' };
const CAPABILITIES = { tools: {} };
const CACHEABLE = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
const TOOLS = [
  {
    name: 'record',
    inputSchema: { type: 'object', properties: { callId: { type: 'string' }, stream: { type: 'boolean' } } },
  },
];

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, log: { type: 'string' } } });
const { log } = values;
if (log === undefined) throw new Error('--log is missing');

const sessions = new Set<string>();
const stats = { requests: 0, initialized: 0, unknownSessions: 0 };

function call(file: string, { id, params }: Message, modern: boolean, res: ServerResponse): void {
  const { callId, stream } = params?.arguments ?? {};
  appendFileSync(file, `${String(callId)}\n`);
  const result = { content: [{ type: 'text', text: String(callId) }], ...(modern && { resultType: 'complete' }) };
  const answer = resultOf(id, JSON.stringify(result));
  if (stream !== true) return void setTimeout(() => sendJson(res, 200, answer), WORK_MS);
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.write('data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"begun"}}\n\n');
  setTimeout(() => res.end(`data: ${answer}\n\n`), WORK_MS);
}

function answer(file: string, message: Message, req: IncomingMessage, res: ServerResponse): void {
  const { id, method } = message;
  const modern = isModern(message);
  if (!modern && method !== 'initialize' && !sessions.has(String(req.headers['mcp-session-id']))) {
    stats.unknownSessions += 1;
    return sendJson(res, 404, errorOf(id, -32001, 'Session not found'));
  }
  if (id === undefined) return void res.writeHead(202).end();
  if (method === 'tools/call') return call(file, message, modern, res);
  if (method === 'tools/list')
    return sendJson(res, 200, resultOf(id, JSON.stringify({ tools: TOOLS, ...(modern && CACHEABLE) })));
  if (method === 'ping' && !modern) return sendJson(res, 200, resultOf(id, '{}'));
  if (method === 'server/discover' && modern) {
    const discovered = { supportedVersions: [MODERN_VERSION], capabilities: CAPABILITIES, ...CACHEABLE };
    return sendJson(res, 200, resultOf(id, JSON.stringify(discovered)));
  }
  if (method === 'initialize' && !modern) return initialize(id, res);
  return sendJson(res, modern ? 404 : 200, errorOf(id, -32601, 'Method not found'));
}

function initialize(id: Message['id'], res: ServerResponse): void {
  stats.initialized += 1;
  const session = randomUUID();
  sessions.add(session);
  const result = { protocolVersion: LEGACY_VERSION, capabilities: CAPABILITIES, serverInfo: SERVER_INFO };
  sendJson(res, 200, resultOf(id, JSON.stringify(result)), { 'mcp-session-id': session });
}

serveProgram((req, res) => {
  if (req.url === '/stats') return sendJson(res, 200, JSON.stringify({ ...stats, sessions: sessions.size }));
  stats.requests += 1;
  if (req.method === 'DELETE') {
    sessions.delete(String(req.headers['mcp-session-id']));
    return void res.writeHead(204).end();
  }
  if (req.method !== 'POST') return sendJson(res, 405, errorOf(undefined, -32000, 'Method not allowed'));
  readText(req, (text) => answer(log, JSON.parse(text) as Message, req, res));
}, Number(values.port));
