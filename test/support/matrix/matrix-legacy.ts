import { randomUUID } from 'node:crypto';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  type LoggingLevel,
  LoggingLevelSchema,
  McpError,
  ReadResourceRequestSchema,
  type ServerNotification,
  type ServerRequest,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  UrlElicitationRequiredError,
} from '@modelcontextprotocol/sdk/types.js';
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

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;
type Result = ReturnType<typeof textResult>;

const WATCHED = 'test://legacy/watched';
const NEVER_MS = 24 * 60 * 60_000;

/** Speaks 2025-11-25 and before, with sessions: a server of the SDK's first line. */
export async function startMatrixLegacy(): Promise<MatrixServer> {
  const state = new MatrixState();
  const sessions = new Map<string, { readonly transport: StreamableHTTPServerTransport; readonly server: Server }>();

  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const server = matrixServer(state);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, { transport, server }),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await server.connect(transport);
    return transport;
  };
  const upstream = await listen((req, res) => {
    const id = req.headers['mcp-session-id'];
    const handle = async (): Promise<void> => {
      if (typeof id !== 'string') return (await open()).handleRequest(req, res);
      const session = sessions.get(id);
      if (!session) return void res.writeHead(404).end();
      return session.transport.handleRequest(req, res);
    };
    handle().catch(() => res.destroy());
  });
  const each = async (tell: (server: Server) => Promise<void>): Promise<void> => {
    await Promise.all([...sessions.values()].map(({ server }) => tell(server)));
  };
  return {
    ...upstream,
    running: () => state.running,
    stopped: state.stopped,
    watched: WATCHED,
    resourceUpdated: () => each((server) => server.sendResourceUpdated({ uri: WATCHED })),
    toolsChanged: () => {
      state.changeTools();
      return each((server) => server.sendToolListChanged());
    },
    close: async () => {
      await each((server) => server.close());
      await upstream.close();
    },
  };
}

function matrixServer(state: MatrixState): Server {
  const capabilities = {
    tools: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    prompts: {},
    completions: {},
    logging: {},
  };
  const server = new Server({ name: 'matrix', version: '1.0.0' }, { capabilities });
  let level: LoggingLevel = 'info';
  server.setRequestHandler(SetLevelRequestSchema, ({ params }) => {
    level = params.level;
    return {};
  });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: state.tools.map((tool) => ({ ...tool, inputSchema: { type: 'object' as const } })),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params: { name, arguments: args = {} } }, extra) => {
    const tool = Object.hasOwn(TOOLS, name) ? TOOLS[name as ToolName] : undefined;
    if (!tool) throw new McpError(ErrorCode.InvalidParams, `Unknown tool: ${name}`);
    return state.track(name, extra.signal, () => tool({ server, extra, args, level, state }));
  });
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [{ uri: WATCHED, name: 'watched' }] }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    if (uri !== WATCHED) throw new McpError(-32002, 'Resource not found', { uri });
    return { contents: [{ uri, text: 'Watched.' }] };
  });
  server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  server.setRequestHandler(UnsubscribeRequestSchema, () => ({}));
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: [{ name: 'greet', arguments: [{ name: 'name', required: true }] }],
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `Greet ${params.arguments?.['name'] ?? ''}.` } }],
  }));
  server.setRequestHandler(CompleteRequestSchema, ({ params: { argument } }) => ({
    completion: { values: NAMES.filter((name) => name.startsWith(argument.value)) },
  }));
  return server;
}

function rank(level: LoggingLevel): number {
  return LoggingLevelSchema.options.indexOf(level);
}

interface Call {
  readonly server: Server;
  readonly extra: Extra;
  readonly args: Readonly<Record<string, unknown>>;
  /** From which on the client wants log messages. */
  readonly level: LoggingLevel;
  readonly state: MatrixState;
}

/** Asks on the stream of the call. */
function within({ extra }: Call, timeout = NEVER_MS) {
  return { relatedRequestId: extra.requestId, timeout };
}

async function progress({ extra }: Call, steps: readonly number[]): Promise<void> {
  const progressToken = extra['_meta']?.progressToken;
  if (progressToken === undefined) return;
  for (const step of steps) {
    const params = { progressToken, progress: step, total: steps.length };
    await extra.sendNotification({ method: 'notifications/progress', params });
  }
}

const TOOLS: Readonly<Record<ToolName, (call: Call) => Promise<Result> | Result>> = {
  echo: ({ args }) => textResult(String(args['text'])),
  steps: async (call) => {
    await progress(call, STEPS);
    return textResult('walked');
  },
  hang: async (call) => {
    await progress(call, [1]);
    await untilAborted(call.extra.signal);
    return textResult('stopped');
  },
  log: async ({ extra, level: from }) => {
    for (const level of LOG_LEVELS) {
      if (rank(level) < rank(from)) continue;
      await extra.sendNotification({ method: 'notifications/message', params: { level, data: `at ${level}` } });
    }
    return textResult('logged');
  },
  ask: async (call) => {
    const patienceMs = Number(call.args['patienceMs'] ?? NEVER_MS);
    const params = { message: 'Who are you?', requestedSchema: NAME_SCHEMA };
    const { action, content } = await call.server.elicitInput(params, within(call, patienceMs));
    return textResult(answerText(action, content));
  },
  sign_in: ({ state }) => {
    state.visits += 1;
    if (state.visits % 2 === 0) return textResult('signed in');
    const elicitationId = randomUUID();
    throw new UrlElicitationRequiredError([{ mode: 'url', elicitationId, url: SIGN_IN_URL, message: 'Sign in' }]);
  },
  sample: async (call) => {
    const { content } = await call.server.createMessage({ messages: QUESTION, maxTokens: 10 }, within(call));
    return textResult(JSON.stringify(content));
  },
  roots: async (call) => textResult(JSON.stringify((await call.server.listRoots(undefined, within(call))).roots)),
  fail: () => ({ ...textResult('it failed'), isError: true }),
};
