import type { IncomingHttpHeaders } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  createMcpHandler,
  fromJsonSchema,
  inputRequired,
  inputResponse,
  type JsonSchemaType,
  McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { listen, type Upstream } from './listen.js';

export interface AskingUpstream extends Upstream {
  /** Headers of each request, the last one last. */
  readonly headers: readonly IncomingHttpHeaders[];
  /** Calls of `slow` under way. */
  running(): number;
  /** Subscriptions that are open now. */
  listening(): number;
  resourceUpdated(uri: string): void;
  changeTools(): void;
}

export const WATCHED = 'test://watched';
const NAME_SCHEMA = { type: 'object' as const, properties: { name: { type: 'string' as const } }, required: ['name'] };

function text(value: unknown) {
  return { content: [{ type: 'text' as const, text: JSON.stringify(value) }] };
}

/** What came back for a key, and `missing` when nothing did yet. */
function answerTo(context: ServerContext, key: string) {
  return inputResponse(context.mcpReq.inputResponses, key);
}

/** Speaks 2026-07-28 alone, and its tools do what a bridge has to carry. */
export async function startModernAsking(): Promise<AskingUpstream> {
  const headers: IncomingHttpHeaders[] = [];
  const state = { running: 0, revision: 1 };
  const handler = createMcpHandler(() => askingServer(state), { legacy: 'reject' });
  const serve = toNodeHandler(handler);
  let listening = 0;
  const upstream = await listen((req, res) => {
    headers.push(req.headers);
    if (req.headers['mcp-method'] === 'subscriptions/listen') {
      listening += 1;
      res.on('close', () => (listening -= 1));
    }
    void serve(req, res);
  });
  return {
    ...upstream,
    headers,
    running: () => state.running,
    listening: () => listening,
    resourceUpdated: (uri) => handler.notify.resourceUpdated(uri),
    changeTools: () => {
      state.revision += 1;
      handler.notify.toolsChanged();
    },
    close: async () => {
      await handler.close();
      await upstream.close();
    },
  };
}

function askingServer(state: { running: number; revision: number }): McpServer {
  const server = new McpServer(
    { name: 'asking', version: '1.0.0' },
    {
      capabilities: { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, logging: {} },
    },
  );
  const ask = inputRequired.elicit({ message: 'Who are you?', requestedSchema: NAME_SCHEMA });
  server.registerTool('ask', { description: `Revision ${String(state.revision)}` }, (context) => {
    const answer = answerTo(context, 'who');
    return answer.kind === 'missing' ? inputRequired({ inputRequests: { who: ask } }) : text(answer);
  });
  server.registerTool('ask_by_url', { description: 'Asks out of band' }, (context) => {
    const answer = answerTo(context, 'visit');
    if (answer.kind !== 'missing') return text(answer);
    const visit = inputRequired.elicitUrl({ message: 'Sign in', url: 'https://example.org/sign-in' });
    return inputRequired({ inputRequests: { visit } });
  });
  server.registerTool('sample', { description: 'Asks a model' }, (context) => {
    const answer = answerTo(context, 'question');
    if (answer.kind !== 'missing') return text(answer);
    const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: 'Hello?' } }];
    return inputRequired({ inputRequests: { question: inputRequired.createMessage({ messages, maxTokens: 10 }) } });
  });
  server.registerTool('ask_for_ever', { description: 'Never has enough' }, () =>
    inputRequired({ inputRequests: { who: ask } }),
  );
  server.registerTool('later', { description: 'Wants to be asked again' }, (context) =>
    context.mcpReq.requestState() === undefined ? inputRequired({ requestState: 'again' }) : text('later'),
  );
  server.registerTool('slow', { description: 'Works until it is stopped' }, async (context) => {
    const { signal, _meta: meta } = context.mcpReq;
    state.running += 1;
    const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    if (meta?.progressToken !== undefined) {
      const params = { progressToken: meta.progressToken, progress: 1 };
      await context.mcpReq.notify({ method: 'notifications/progress', params });
    }
    await stopped;
    state.running -= 1;
    return text('stopped');
  });
  server.registerTool('log', { description: 'Logs at three levels' }, async (context) => {
    for (const level of ['debug', 'warning', 'error'] as const) await context.mcpReq.log(level, `at ${level}`);
    return text('logged');
  });
  const numbers = { type: 'array', items: { $ref: '#/$defs/n' }, $defs: { n: { type: 'number' } } } as const;
  server.registerTool(
    'numbers',
    { description: 'Answers with an array', outputSchema: fromJsonSchema(numbers as JsonSchemaType) },
    () => ({ content: [], structuredContent: [1, 2] as never }),
  );
  server.registerTool(
    'in_region',
    {
      description: 'Wants a header',
      inputSchema: fromJsonSchema({
        type: 'object',
        properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
      } as JsonSchemaType),
    },
    (args) => text(args),
  );
  server.registerResource('watched', WATCHED, {}, ({ href }) => ({ contents: [{ uri: href, text: 'Watched.' }] }));
  return server;
}
