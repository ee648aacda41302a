/**
 * The speed of sending a list's bytes: bare `node:http` that answers `tools/list` with pages read from a file at start.
 *
 *   tsx bench/tools/static-lists.ts --pages pages.json [--port N]
 *
 * The file holds `[{ "cursor": null | text, "result": text }]`, as captured from the server to compare with.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { serveProgram } from './serve-program.js';
import { errorOf, LEGACY_VERSION, type Message, readText, resultOf, sendJson } from './wire.js';

/** One page of a list: what was asked for, and the `result` member as it was sent. */
export interface CapturedPage {
  readonly cursor: string | null;
  readonly result: string;
}

const { values } = parseArgs({ options: { pages: { type: 'string' }, port: { type: 'string', default: '0' } } });
const captured = JSON.parse(readFileSync(values.pages ?? '', 'utf8')) as CapturedPage[];
const pages = new Map(captured.map(({ cursor, result }) => [cursor, Buffer.from(`${result}}`)]));

function list({ id, params }: Message, res: ServerResponse): void {
  const page = pages.get(params?.cursor ?? null);
  if (page === undefined) return sendJson(res, 200, errorOf(id, -32602, 'Unknown cursor'));
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`;
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': head.length + page.length });
  res.write(head);
  res.end(page);
}

function receive(req: IncomingMessage, res: ServerResponse): void {
  if (req.method !== 'POST') return sendJson(res, 405, errorOf(undefined, -32000, 'Method not allowed'));
  readText(req, (text) => {
    const message = JSON.parse(text) as Message;
    if (message.id === undefined) return void res.writeHead(202, { 'content-length': 0 }).end();
    if (message.method === 'tools/list') return list(message, res);
    const serverInfo = { name: 'static-lists', version: '1.0.0' };
    const result = { protocolVersion: LEGACY_VERSION, capabilities: { tools: {} }, serverInfo };
    sendJson(res, 200, resultOf(message.id, JSON.stringify(result)));
  });
}

serveProgram(receive, Number(values.port));
