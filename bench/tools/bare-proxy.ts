/**
 * The least that a gateway in Node can do, and so the limit for one: `node:http` in, an undici pool out. It reads the
 * request, answers `initialize` itself, passes `tools/call` on and parses the answer. No policy, no audit, no metrics.
 *
 *   tsx bench/tools/bare-proxy.ts --upstream http://127.0.0.1:1234/mcp [--port N] [--connections 64]
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { serveProgram } from './serve-program.js';
import { errorOf, isModern, LEGACY_VERSION, type Message, readText, resultOf, sendJson } from './wire.js';

const MAX_BODY_LENGTH = 4 * 1024 * 1024;
const COPIED = ['mcp-protocol-version', 'mcp-method', 'mcp-name'] as const;
const BASE = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

const { values } = parseArgs({
  options: {
    upstream: { type: 'string' },
    port: { type: 'string', default: '0' },
    connections: { type: 'string', default: '64' },
  },
});
const upstream = new URL(values.upstream ?? '');
const pool = new Pool(upstream.origin, { connections: Number(values.connections), pipelining: 1 });
const sessions = new Set<string>();

function forward(message: Message, req: IncomingMessage, res: ServerResponse): void {
  const headers: Record<string, string> = { ...BASE };
  for (const name of COPIED) {
    const value = req.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  pool
    .request({ path: upstream.pathname, method: 'POST', headers, body: JSON.stringify(message) })
    .then(async ({ statusCode, body }) => {
      const reply = JSON.parse(await body.text()) as Message;
      sendJson(res, statusCode, JSON.stringify({ ...reply, id: message.id }));
    })
    .catch((error: unknown) => sendJson(res, 200, errorOf(message.id, -31502, String(error))));
}

function initialize({ id, params }: Message, res: ServerResponse): void {
  const session = randomUUID();
  sessions.add(session);
  const protocolVersion = params?.protocolVersion ?? LEGACY_VERSION;
  const serverInfo = { name: 'bare-proxy', version: '1.0.0' };
  const result = JSON.stringify({ protocolVersion, capabilities: { tools: {} }, serverInfo });
  sendJson(res, 200, resultOf(id, result), { 'mcp-session-id': session });
}

function receive(req: IncomingMessage, res: ServerResponse): void {
  const session = String(req.headers['mcp-session-id']);
  if (req.method === 'DELETE') {
    sessions.delete(session);
    return void res.writeHead(204).end();
  }
  if (req.method !== 'POST') return sendJson(res, 405, errorOf(undefined, -32000, 'Method not allowed'));
  readText(req, (text) => {
    if (text.length > MAX_BODY_LENGTH) return sendJson(res, 413, errorOf(undefined, -32600, 'Too large'));
    const message = JSON.parse(text) as Message;
    if (message.method === 'initialize') return initialize(message, res);
    if (!isModern(message) && !sessions.has(session)) {
      return sendJson(res, 404, errorOf(message.id, -32001, 'Session not found'));
    }
    if (message.id === undefined) return void res.writeHead(202, { 'content-length': 0 }).end();
    forward(message, req, res);
  });
}

serveProgram(receive, Number(values.port));
