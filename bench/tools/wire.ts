import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a bench program reads of a message; the rest it does not look at. */
export interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: Record<string, unknown>;
    readonly cursor?: string;
    readonly protocolVersion?: string;
    readonly _meta?: Record<string, unknown>;
  };
}

export const MODERN_VERSION = '2026-07-28';
export const LEGACY_VERSION = '2025-11-25';

const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';

/** The `_meta` that every modern request has. */
export const MODERN_META = {
  [VERSION_KEY]: MODERN_VERSION,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
};

export function isModern({ params }: Message): boolean {
  const meta = params?.['_meta'];
  return meta !== undefined && VERSION_KEY in meta;
}

export function sendJson(res: ServerResponse, status: number, body: string | Buffer, headers?: Record<string, string>) {
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  res.end(body);
}

/** A response around `result`, which is JSON already. */
export function resultOf(id: Message['id'], result: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;
}

export function errorOf(id: Message['id'], code: number, message: string): string {
  return JSON.stringify({ jsonrpc: '2.0', id: id ?? null, error: { code, message } });
}

/** Reads a whole body as text and hands it to `done`: callbacks, since a promise per request would be measured too. */
export function readText(req: IncomingMessage, done: (text: string) => void): void {
  let text = '';
  req.setEncoding('utf8');
  req.on('data', (chunk: string) => {
    text += chunk;
  });
  req.on('end', () => done(text));
}
