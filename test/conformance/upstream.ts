import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import {
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
  toWebRequest,
} from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { fixtureServer } from './fixture-server.js';
import { FixtureState } from './fixture-state.js';
import { LegacySessions } from './legacy-sessions.js';
import { sendRpcError } from './rpc-error.js';

export type FixtureEras = 'both' | 'modern' | 'legacy';

export interface ConformanceUpstream {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A server that passes every scored scenario of `@modelcontextprotocol/conformance`: 2026-07-28 without sessions,
 * the revisions before it with sessions, both at one URL, or one of the two. `port` 0 lets the system choose.
 */
export async function startConformanceUpstream(eras: FixtureEras = 'both', port = 0): Promise<ConformanceUpstream> {
  const state = new FixtureState();
  const handler = createMcpHandler(() => fixtureServer(state), { legacy: 'reject' });
  state.listen(handler.notify);
  const modern = toNodeHandler(handler);
  const sessions = new LegacySessions(state);

  const serve = async (req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> => {
    const legacy =
      eras === 'legacy' || (eras === 'both' && (await isLegacyRequest(await toWebRequest(req, body), body)));
    await (legacy ? sessions.handle(req, res, body) : modern(req, res, body));
  };
  const server = createServer(listener(serve));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/mcp`,
    close: async () => {
      await handler.close();
      await sessions.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listener(serve: (req: IncomingMessage, res: ServerResponse, body: unknown) => Promise<void>): RequestListener {
  const hostAllowed = localhostHostValidation();
  const originAllowed = localhostOriginValidation();
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (!hostAllowed(req, res) || !originAllowed(req, res)) return;
    const bytes = await buffer(req);
    let body: unknown;
    try {
      body = bytes.length > 0 ? JSON.parse(bytes.toString('utf8')) : undefined;
    } catch {
      return sendRpcError(res, 400, -32700, 'Parse error');
    }
    await serve(req, res, body);
  };
  return (req, res) => {
    handle(req, res).catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      if (!res.headersSent) res.writeHead(500);
      res.end();
    });
  };
}

/** `tsx test/conformance/upstream.ts [--port N] [--eras both|modern|legacy]`: prints `{ "listening": url }`. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '0' }, eras: { type: 'string', default: 'both' } },
  });
  const { eras } = values;
  if (eras !== 'both' && eras !== 'modern' && eras !== 'legacy') throw new Error('--eras takes both, modern or legacy');
  const upstream = await startConformanceUpstream(eras, Number(values.port));
  process.stdout.write(`${JSON.stringify({ listening: upstream.url })}\n`);
  const end = (): void => void upstream.close().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

if (process.argv[1] === import.meta.filename) await main();
