import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  completable,
  createMcpHandler,
  fromJsonSchema,
  inputRequired,
  inputResponse,
  type InputRequest,
  McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { listen } from '../upstreams/listen.js';
import {
  answerText,
  LOG_LEVELS,
  type MatrixServer,
  NAME_SCHEMA,
  NAMES,
  QUESTION,
  MatrixState,
  SIGN_IN_URL,
  STEPS,
  textResult,
  type ToolName,
  untilAborted,
} from './matrix-server.js';

const WATCHED = 'test://modern/watched';

type Result = ReturnType<typeof textResult> | ReturnType<typeof inputRequired>;

/** Speaks 2026-07-28 alone: a server of the SDK's second line. */
export async function startMatrixModern(): Promise<MatrixServer> {
  const state = new MatrixState();
  const handler = createMcpHandler(() => matrixServer(state), { legacy: 'reject' });
  const serve = toNodeHandler(handler);
  const upstream = await listen((req, res) => void serve(req, res));
  return {
    ...upstream,
    running: () => state.running,
    stopped: state.stopped,
    watched: WATCHED,
    resourceUpdated: () => handler.notify.resourceUpdated(WATCHED),
    toolsChanged: () => {
      state.changeTools();
      handler.notify.toolsChanged();
    },
    close: async () => {
      await handler.close();
      await upstream.close();
    },
  };
}

function matrixServer(state: MatrixState): McpServer {
  const server = new McpServer(
    { name: 'matrix', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: {},
        completions: {},
        logging: {},
      },
    },
  );
  const inputSchema = fromJsonSchema({ type: 'object' });
  for (const { name, description } of state.tools) {
    server.registerTool(name, { description, inputSchema }, (args, context) =>
      state.track(name, context.mcpReq.signal, () => TOOLS[name](context, args as Record<string, unknown>)),
    );
  }
  server.registerResource('watched', WATCHED, {}, ({ href }) => ({ contents: [{ uri: href, text: 'Watched.' }] }));
  const name = completable(z.string(), (typed) => NAMES.filter((one) => one.startsWith(typed)));
  server.registerPrompt('greet', { argsSchema: z.object({ name }) }, (args) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `Greet ${args.name}.` } }],
  }));
  return server;
}

const ANSWER = 'answer';

/** What came back, in words; before that what has to be asked. */
function asked({ mcpReq }: ServerContext, request: InputRequest): Result {
  const answer = inputResponse(mcpReq.inputResponses, ANSWER);
  switch (answer.kind) {
    case 'missing':
      return inputRequired({ inputRequests: { [ANSWER]: request } });
    case 'elicit':
      return textResult(answerText(answer.action, answer.content));
    default:
      return textResult(JSON.stringify(answer));
  }
}

async function progress({ mcpReq }: ServerContext, steps: readonly number[]): Promise<void> {
  const progressToken = mcpReq['_meta']?.progressToken;
  if (progressToken === undefined) return;
  for (const step of steps) {
    const params = { progressToken, progress: step, total: steps.length };
    await mcpReq.notify({ method: 'notifications/progress', params });
  }
}

type Tool = (context: ServerContext, args: Readonly<Record<string, unknown>>) => Promise<Result> | Result;

const TOOLS: Readonly<Record<ToolName, Tool>> = {
  echo: (_context, args) => textResult(String(args['text'])),
  steps: async (context) => {
    await progress(context, STEPS);
    return textResult('walked');
  },
  hang: async (context) => {
    await progress(context, [1]);
    await untilAborted(context.mcpReq.signal);
    return textResult('stopped');
  },
  log: async ({ mcpReq }) => {
    for (const level of LOG_LEVELS) await mcpReq.log(level, `at ${level}`);
    return textResult('logged');
  },
  ask: (context) => asked(context, inputRequired.elicit({ message: 'Who are you?', requestedSchema: NAME_SCHEMA })),
  sign_in: (context) => asked(context, inputRequired.elicitUrl({ message: 'Sign in', url: SIGN_IN_URL })),
  sample: (context) => asked(context, inputRequired.createMessage({ messages: QUESTION, maxTokens: 10 })),
  roots: (context) => asked(context, inputRequired.listRoots()),
  fail: () => ({ ...textResult('it failed'), isError: true }),
};
