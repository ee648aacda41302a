import { randomUUID } from 'node:crypto';
import {
  errorOf,
  isModern,
  LEGACY_VERSION,
  type Message,
  readText,
  resultOf,
  sendJson,
} from '../../../bench/tools/wire.js';
import { listen, type Upstream } from './listen.js';

export interface ForgetfulUpstream extends Upstream {
  /** The sessions that are open now, with the methods that each was asked; the last one is the newest. */
  readonly sessions: Map<string, Message[]>;
  /** As a server that starts again. */
  forget(): void;
}

const RESULTS: Readonly<Record<string, object>> = {
  'tools/list': { tools: [{ name: 'do', inputSchema: { type: 'object' } }] },
  'resources/list': { resources: [{ uri: 'test://watched', name: 'watched' }] },
  'resources/templates/list': { resourceTemplates: [] },
  'tools/call': { content: [{ type: 'text', text: 'done' }] },
};

/** A legacy server with sessions, which keeps what it is told in each and forgets them when it is told to. */
export async function startForgetful(): Promise<ForgetfulUpstream> {
  const sessions = new Map<string, Message[]>();
  const upstream = await listen((req, res) => {
    const id = String(req.headers['mcp-session-id']);
    if (req.method === 'DELETE') return void res.writeHead(sessions.delete(id) ? 200 : 404).end();
    if (req.method !== 'POST') return void res.writeHead(405).end();
    readText(req, (text) => {
      const message = JSON.parse(text) as Message;
      if (isModern(message)) return sendJson(res, 400, errorOf(message.id, -32600, 'Unknown'));
      if (message.method === 'initialize') {
        const session = randomUUID();
        sessions.set(session, []);
        const result = {
          protocolVersion: LEGACY_VERSION,
          capabilities: { tools: {}, logging: {}, resources: { subscribe: true } },
          serverInfo: { name: 'forgetful', version: '1' },
        };
        return sendJson(res, 200, resultOf(message.id, JSON.stringify(result)), { 'mcp-session-id': session });
      }
      const told = sessions.get(id);
      if (!told) return sendJson(res, 404, errorOf(message.id, -32001, 'Session not found'));
      told.push(message);
      if (message.id === undefined) return void res.writeHead(202).end();
      sendJson(res, 200, resultOf(message.id, JSON.stringify(RESULTS[String(message.method)] ?? {})));
    });
  });
  return { ...upstream, sessions, forget: () => sessions.clear() };
}
