import { HttpConnection, type NoReply, type Reply } from './http-connection.js';
import { LEGACY_VERSION, MODERN_META, MODERN_VERSION } from './wire.js';

export type Era = 'legacy' | 'modern';

export interface RpcReply {
  readonly id?: number;
  readonly result?: {
    readonly content?: readonly { readonly text?: string }[];
    readonly isError?: boolean;
    readonly tools?: readonly { readonly name: string }[];
    readonly nextCursor?: string;
    readonly resultType?: string;
    readonly protocolVersion?: string;
  };
  readonly error?: { readonly code: number; readonly message: string };
}

/** The server does not do what a bench needs of it; `status` is 404 when there is no such endpoint. */
export class NotServed extends Error {
  constructor(
    message: string,
    readonly status?: number,
  ) {
    super(message);
  }
}

let nextId = 1;

/** An MCP client reduced to what a load generator needs: one connection, in legacy one session. */
export class McpConnection {
  readonly #http: HttpConnection;
  readonly #start: string;
  /** Version and session, which no request changes. */
  #session = '';
  #stateful = false;

  constructor(
    url: URL,
    readonly era: Era,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
  ) {
    this.#http = new HttpConnection(url.hostname, Number(url.port || 80), timeoutMs);
    const extra = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#start = ` ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\n${extra.join('')}`;
    if (era === 'modern') this.#session = `mcp-protocol-version: ${MODERN_VERSION}\r\n`;
  }

  /** `initialize` and its notification; nothing for a modern client. */
  async open(): Promise<void> {
    if (this.era === 'modern') return;
    const params = { protocolVersion: LEGACY_VERSION, capabilities: {}, clientInfo: { name: 'bench', version: '1' } };
    const reply = await this.send('initialize', nextRequestId(), JSON.stringify(params));
    const version = expectResult('initialize', reply).protocolVersion;
    const sessionId = 'failure' in reply ? undefined : reply.head.sessionId;
    this.#stateful = sessionId !== undefined;
    this.#session = `mcp-protocol-version: ${version}\r\n${sessionId === undefined ? '' : `mcp-session-id: ${sessionId}\r\n`}`;
    const body = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
    const told = await this.#http.request(`POST${this.#start}${this.#session}`, body);
    if ('failure' in told || told.status >= 300) throw new NotServed(`notifications/initialized: ${describe(told)}`);
  }

  /** The head of a request, to be made once for many. */
  head(method: string, name?: string): string {
    if (this.era === 'legacy') return `POST${this.#start}${this.#session}`;
    const named = name === undefined ? '' : `mcp-name: ${name}\r\n`;
    return `POST${this.#start}${this.#session}mcp-method: ${method}\r\n${named}`;
  }

  /** `params` is a JSON object; a modern request gets its `_meta`. */
  send(method: string, id: number, params: string, head = this.head(method)): Promise<Reply | NoReply> {
    return this.#http.request(head, requestBody(this.era, method, id, params));
  }

  async close(): Promise<void> {
    if (this.#stateful) await this.#http.request(`DELETE${this.#start}${this.#session}`, '');
    this.#http.close();
  }
}

export function nextRequestId(): number {
  return nextId++;
}

const META = `"_meta":${JSON.stringify(MODERN_META)}`;

function requestBody(era: Era, method: string, id: number, params: string): string {
  const start = `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":`;
  if (era === 'legacy') return `${start}${params}}`;
  return `${start}${params === '{}' ? `{${META}}` : `${params.slice(0, -1)},${META}}`}}`;
}

/** The JSON-RPC response in a reply: of an event stream the last one. */
export function readRpc({ head, body }: Reply): RpcReply | undefined {
  const text = body.toString('utf8');
  const json = head.eventStream ? lastResponse(text) : text;
  try {
    return JSON.parse(json) as RpcReply;
  } catch {
    return undefined;
  }
}

function lastResponse(stream: string): string {
  const data = stream.split('\n').filter((line) => line.startsWith('data:'));
  return data.findLast((line) => line.includes('"result"') || line.includes('"error"'))?.slice(5) ?? '';
}

/** The result, or `NotServed` with what came instead. */
export function expectResult(method: string, reply: Reply | NoReply): NonNullable<RpcReply['result']> {
  const result = 'failure' in reply ? undefined : readRpc(reply)?.result;
  if (result !== undefined) return result;
  const status = 'failure' in reply ? undefined : reply.status;
  throw new NotServed(`${method}: ${describe(reply)}`, status);
}

export function describe(reply: Reply | NoReply): string {
  if ('failure' in reply) return reply.failure;
  return `HTTP ${reply.status} ${reply.body.toString('utf8').slice(0, 200)}`;
}
