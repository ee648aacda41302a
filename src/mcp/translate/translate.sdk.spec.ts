import { CallToolRequestSchema, CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { createMcpHandler, inputRequired, inputResponse, McpServer } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileParamHeaders } from '../param-headers.js';
import { parseBody, ParsedBody } from '../parse-body.js';
import { ResultEnvelope } from '../envelope.js';
import { scanResponse } from '../scan-response.js';
import { SseDecoder } from '../sse-decoder.js';
import { toServerRequest } from './legacy-to-modern/input-requests.js';
import { toInputResponses } from './legacy-to-modern/input-responses.js';
import { toLegacyAnswer, type LegacyAnswer } from './legacy-to-modern/legacy-answer.js';
import { modernMetaOf, toModernRequest, type Retry } from './legacy-to-modern/modern-request.js';
import { modernRequestHeaders } from './legacy-to-modern/modern-request-headers.js';
import { toLegacyRequest } from './modern-to-legacy/legacy-request.js';
import { toModernAnswer } from './modern-to-legacy/modern-answer.js';
import { modernCallOf } from './modern-to-legacy/modern-call.js';
import { readPeerMessage } from './peer-message.js';

const VERSION = '2026-07-28';
const CAPABILITIES = { elicitation: { form: {}, url: {} } };
const inputSchema = { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } };

function modernServer(): McpServer {
  const server = new McpServer({ name: 'modern', version: '1' });
  server.registerTool('echo', { inputSchema: z.object({ region: z.string() }) }, ({ region }) => ({
    content: [{ type: 'text', text: region }],
  }));
  server.registerTool('ask', {}, (context) => {
    const answer = inputResponse(context.mcpReq.inputResponses, 'page');
    return answer.kind === 'elicit'
      ? { content: [{ type: 'text', text: answer.action }] }
      : inputRequired({
          inputRequests: { page: inputRequired.elicitUrl({ message: 'Open it', url: 'https://a.example' }) },
        });
  });
  return server;
}

const handler = createMcpHandler(() => modernServer());

function bodyOf(message: object): ParsedBody {
  const body = parseBody(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message })));
  if (!(body instanceof ParsedBody)) throw body;
  return body;
}

/** Sends a legacy client's call to an SDK server of 2026-07-28, and reads what comes back. */
async function callModern(body: ParsedBody, name: string, retry?: Retry): Promise<LegacyAnswer> {
  const client = { clientCapabilities: CAPABILITIES, clientInfo: { name: 'c', version: '1' }, logLevel: 'info' };
  const { headers: paramHeaders } = compileParamHeaders(inputSchema);
  const response = await handler.fetch(
    new Request('http://localhost/mcp', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...modernRequestHeaders(body, VERSION, { name, paramHeaders: name === 'echo' ? paramHeaders : [] }),
      },
      body: toModernRequest(body.bytes, '"gateway"', modernMetaOf(client, VERSION), retry).toString(),
    }),
  );
  const bytes = Buffer.from(await response.arrayBuffer());
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const frames = isStream ? new SseDecoder().push(bytes).flatMap(({ data }) => data ?? []) : [bytes];
  const answer = frames.find((frame) => scanResponse(frame).isResponse);
  const message = readPeerMessage(answer ?? Buffer.alloc(0));
  if (message.kind !== 'result' && message.kind !== 'error') throw new Error(message.kind);
  return toLegacyAnswer(message, { id: body.rawId, method: body.method, clientCapabilities: CAPABILITIES });
}

function resultOf(answer: LegacyAnswer): unknown {
  if (answer.kind === 'input_required') throw new Error(answer.kind);
  return (JSON.parse(answer.bytes.toString()) as { result: unknown }).result;
}

describe('a legacy client and the SDK server of 2026-07-28', () => {
  it('calls a tool, with an argument in a header', async () => {
    const body = bodyOf({ id: 1, method: 'tools/call', params: { name: 'echo', arguments: { region: 'süd' } } });
    const result = resultOf(await callModern(body, 'echo'));
    expect(CallToolResultSchema.parse(result)).toStrictEqual({ content: [{ type: 'text', text: 'süd' }] });
  });

  it('answers what the server asks, and gets its result', async () => {
    const body = bodyOf({ id: 1, method: 'tools/call', params: { name: 'ask' } });
    const first = await callModern(body, 'ask');
    if (first.kind !== 'input_required') throw new Error(first.kind);
    const [asked] = first.requests;
    const request: unknown = asked && JSON.parse(toServerRequest(asked, '"q"', 'e-1').toString());
    expect(ElicitRequestSchema.parse(request).params).toMatchObject({ mode: 'url', elicitationId: 'e-1' });

    const collected = toInputResponses(
      first.requests,
      new Map([['page', bodyOf({ id: 'q', result: { action: 'decline' } })]]),
    );
    if (collected.kind !== 'complete') throw new Error(collected.why);
    const { inputResponses } = collected;
    const second = await callModern(body, 'ask', { inputResponses, requestState: first.requestState });
    expect(resultOf(second)).toStrictEqual({ content: [{ type: 'text', text: 'decline' }] });
  });

  it('hears of a tool that is not there', async () => {
    const body = bodyOf({ id: 1, method: 'tools/call', params: { name: 'nobody' } });
    expect(await callModern(body, 'nobody')).toMatchObject({ kind: 'error', code: -32602 });
  });
});

describe('a modern client and the schemas of 2025-11-25', () => {
  const meta = {
    progressToken: 5,
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const body = bodyOf({ id: 9, method: 'tools/call', params: { name: 't', arguments: { a: 1 }, _meta: meta } });

  it('sends a call that they know', () => {
    const request: unknown = JSON.parse(toLegacyRequest(body.bytes, '3').toString());
    expect(CallToolRequestSchema.parse(request)).toStrictEqual({
      method: 'tools/call',
      params: { name: 't', arguments: { a: 1 }, _meta: { progressToken: 5 } },
    });
    expect(request).toMatchObject({ jsonrpc: '2.0', id: 3 });
  });

  it('gets a result that says what it is', () => {
    const message = readPeerMessage(Buffer.from('{"jsonrpc":"2.0","id":3,"result":{"content":[]}}'));
    if (message.kind !== 'result') throw new Error(message.kind);
    const { bytes } = toModernAnswer(message, modernCallOf(body), new ResultEnvelope({ name: 'g', version: '1' }));
    const { result } = JSON.parse(bytes.toString()) as { result: Record<string, unknown> };
    expect(result).toMatchObject({ resultType: 'complete', content: [] });
  });
});
