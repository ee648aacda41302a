import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Definition, ECHO_TOOL } from './content.js';
import { listen, type Upstream } from './listen.js';

interface RpcRequest {
  readonly id?: number;
  readonly method: string;
  readonly params?: Record<string, unknown>;
}

type Misbehaviour = (res: ServerResponse, message: RpcRequest, req: IncomingMessage) => void;

/** Every way of being wrong that a probe has to survive. Each is a legacy server where it is one at all. */
export const MISBEHAVIOURS = {
  html: (res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>'),
  'not-found': (res) => void res.writeHead(404, { 'content-type': 'text/html' }).end('<html>No such page</html>'),
  'wrong-content-type': (res, message) =>
    void res.writeHead(200, { 'content-type': 'text/plain' }).end(JSON.stringify(initialized(message))),
  hang: () => undefined,
  'hang-after-headers': (res) => void res.writeHead(200, { 'content-type': 'application/json' }).write('{"jsonrpc"'),
  'endless-stream': (res) => endless(res, 'text/event-stream', ': still here\n\n'),
  'slow-endless-stream': (res) => drip(res),
  'huge-body': (res) => endless(res, 'application/json', ' '.repeat(64 * 1024), 100 * 1024 * 1024),
  'invalid-json': (res) => void res.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc": "2.0", '),
  'invalid-rpc': (res) => json(res, { hello: 'world' }),
  'invalid-event': (res) =>
    void res.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"jsonrpc": "2.0", \n\n'),
  'wrong-id': (res, message) => json(res, { ...initialized(message), id: 4711 }),
  accepted: (res) => void res.writeHead(202).end(),
  'closes-half-way': (res) => {
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    res.write('{"jsonrpc":', () => res.destroy());
  },
  'closes-at-once': (res) => void res.destroy(),
  'ends-stream-early': (res) => void res.writeHead(200, { 'content-type': 'text/event-stream' }).end(': bye\n\n'),
  'status-500': (res) => void res.writeHead(500).end('boom'),
  'status-401': (res) => void res.writeHead(401, { 'www-authenticate': 'Bearer' }).end(),
  'status-403': (res) => void res.writeHead(403).end(),
  redirect: (res) => void res.writeHead(307, { location: '/elsewhere' }).end(),
  'echoes-secrets': (res, message, req) =>
    rpcError(res, message, -32603, `${'x'.repeat(270)} ${String(req.headers.authorization)}`),
  'unknown-version': legacy({}, { protocolVersion: '2023-01-01' }),
  'tools-fail': legacy({ 'tools/list': (res, message) => rpcError(res, message, -32603, 'out of order') }),
  'tools-hang': legacy({ 'tools/list': () => undefined }),
  'tools-without-list': legacy({ 'tools/list': (res, message) => result(res, message, {}) }),
  'no-such-method': legacy({}),
  'repeated-cursor': legacy({
    'tools/list': (res, message) => {
      const page = message.params?.['cursor'] === 'x' ? 1 : 0;
      result(res, message, { ...tools(1, page), nextCursor: 'x' });
    },
  }),
  'endless-pages': legacy({
    'tools/list': (res, message) => {
      const page = Number(message.params?.['cursor'] ?? 0);
      result(res, message, { ...tools(1, page), nextCursor: String(page + 1) });
    },
  }),
  'many-tools': legacy({ 'tools/list': (res, message) => result(res, message, tools(20_000)) }),
  'bad-definitions': legacy({
    'tools/list': (res, message) => {
      const text = JSON.stringify({ jsonrpc: '2.0', id: message.id, result: { tools: badTools() } });
      res.writeHead(200, { 'content-type': 'application/json' }).end(text.replace(`"${DEEP}"`, nested(50_000)));
    },
  }),
  'announces-change': legacy({
    ping: (res, message) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n');
      res.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id: message.id, result: {} })}\n\n`);
    },
  }),
} satisfies Record<string, Misbehaviour>;

export type MisbehaviourName = keyof typeof MISBEHAVIOURS;

export interface MisbehavingUpstream extends Upstream {
  /** The requests so far: method of HTTP and, for POST, of JSON-RPC. */
  readonly requests: string[];
}

/** A server that does one thing wrong, whatever it is asked. GET and DELETE get 405, but for `sse` probes. */
export async function startMisbehaving(
  name: MisbehaviourName,
  options: { readonly onGet?: boolean } = {},
): Promise<MisbehavingUpstream> {
  const requests: string[] = [];
  const misbehave: Misbehaviour = MISBEHAVIOURS[name];
  const upstream = await listen((req, res) => {
    if (req.method !== 'POST') {
      requests.push(String(req.method));
      if (req.method === 'GET' && options.onGet === true) misbehave(res, { method: 'GET' }, req);
      else res.writeHead(405).end();
      return;
    }
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const message = JSON.parse(Buffer.concat(chunks).toString('utf8')) as RpcRequest;
      requests.push(`POST ${message.method}`);
      misbehave(res, message, req);
    });
  });
  return { ...upstream, requests };
}

/** A legacy server without sessions that has tools only, and does `methods` in its own way. */
function legacy(methods: Record<string, Misbehaviour>, overrides: Definition = {}): Misbehaviour {
  return (res, message, req) => {
    const own = methods[message.method];
    if (own !== undefined) own(res, message, req);
    else if (message.id === undefined) res.writeHead(202).end();
    else if (message.method === 'initialize') json(res, initialized(message, overrides));
    else rpcError(res, message, -32601, 'Method not found');
  };
}

function initialized(message: RpcRequest, overrides: Definition = {}): Definition {
  return {
    jsonrpc: '2.0',
    id: message.id,
    result: {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'misbehaving', version: '0' },
      ...overrides,
    },
  };
}

function result(res: ServerResponse, message: RpcRequest, value: Definition): void {
  json(res, { jsonrpc: '2.0', id: message.id, result: value });
}

function rpcError(res: ServerResponse, message: RpcRequest, code: number, text: string): void {
  json(res, { jsonrpc: '2.0', id: message.id, error: { code, message: text } });
}

function json(res: ServerResponse, value: unknown): void {
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function tools(count: number, from = 0): Definition {
  return { tools: Array.from({ length: count }, (_item, index) => ({ ...ECHO_TOOL, name: `tool_${from + index}` })) };
}

/** Stands for an object that is nested too deep for `JSON.stringify`. */
const DEEP = 'DEEP';

function nested(levels: number): string {
  return `${'{"x":'.repeat(levels)}1${'}'.repeat(levels)}`;
}

/** Definitions that cannot be kept, and `good`, which can, once. */
function badTools(): unknown[] {
  return [
    { ...ECHO_TOOL, name: 'nul\u0000name' },
    { ...ECHO_TOOL, name: 'surrogate\uD800' },
    { ...ECHO_TOOL, name: 'nul_inside', description: 'a\u0000b' },
    { ...ECHO_TOOL, name: 'giant', description: 'x'.repeat(300 * 1024) },
    { ...ECHO_TOOL, name: 'n'.repeat(513) },
    { ...ECHO_TOOL, name: 'deep', inputSchema: DEEP },
    { ...ECHO_TOOL, name: undefined },
    { name: 'schemaless' },
    'not an object',
    { ...ECHO_TOOL, name: 'good' },
    { ...ECHO_TOOL, name: 'good', description: 'again' },
  ];
}

/** Writes as fast as the client reads, until it leaves or `maxBytes` are out. */
function endless(res: ServerResponse, type: string, chunk: string, maxBytes = Number.POSITIVE_INFINITY): void {
  res.writeHead(200, { 'content-type': type });
  let sent = 0;
  const more = (): void => {
    while (!res.destroyed) {
      sent += chunk.length;
      if (sent > maxBytes) return void res.end();
      if (!res.write(chunk)) return void res.once('drain', more);
    }
  };
  more();
}

function drip(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  const timer = setInterval(() => res.write(': still here\n\n'), 10);
  res.on('close', () => clearInterval(timer));
}
