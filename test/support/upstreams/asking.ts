import { randomUUID } from 'node:crypto';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ElicitResultSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  type ServerNotification,
  type ServerRequest,
  SubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { listen, type Upstream } from './listen.js';

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** A legacy server of the SDK with sessions, whose tools ask their client. */
export interface AskingUpstream extends Upstream {
  /** Sessions that are open now. */
  sessions(): number;
  opened(): number;
  /** Tools that ran, in order, with what became of them. */
  readonly runs: { readonly tool: string; end: 'running' | 'answered' | 'cancelled' | 'failed' }[];
  /** URIs that any session is subscribed to. */
  subscribed(): readonly string[];
  notifyUpdated(uri: string): Promise<void>;
  notifyToolsChanged(): Promise<void>;
  /** As a server that starts again: it knows no session. */
  forget(): void;
  addTool(name: string): void;
}

const FORM = { type: 'object', properties: { answer: { type: 'string' } } } as const;
const NEVER_MS = 600_000;

export async function startAsking(): Promise<AskingUpstream> {
  const sessions = new Map<string, { transport: StreamableHTTPServerTransport; server: Server; uris: Set<string> }>();
  const runs: AskingUpstream['runs'] = [];
  const tools = Object.keys(TOOLS);
  let opened = 0;

  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const uris = new Set<string>();
    const server = new Server(
      { name: 'asking', version: '1' },
      { capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} } },
    );
    server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: tools.map((name) => ({ name, inputSchema: { type: 'object' as const } })),
    }));
    server.setRequestHandler(ListResourcesRequestSchema, () => ({
      resources: [{ uri: 'test://watched', name: 'watched' }],
    }));
    server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
      uris.add(params.uri);
      return {};
    });
    server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
      const run: AskingUpstream['runs'][number] = { tool: params.name, end: 'running' };
      runs.push(run);
      extra.signal.addEventListener('abort', () => (run.end = 'cancelled'));
      try {
        const content = (await TOOLS[params.name]?.(server, extra)) ?? 'no such tool';
        if (run.end === 'running') run.end = 'answered';
        return { content: [{ type: 'text', text: content }] } satisfies CallToolResult;
      } catch (error) {
        if (run.end === 'running') run.end = 'failed';
        throw error;
      }
    });
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => {
        opened += 1;
        sessions.set(id, { transport, server, uris });
      },
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
    runs,
    sessions: () => sessions.size,
    opened: () => opened,
    subscribed: () => [...sessions.values()].flatMap(({ uris }) => [...uris]),
    notifyUpdated: (uri) => each((server) => server.sendResourceUpdated({ uri })),
    notifyToolsChanged: () => each((server) => server.sendToolListChanged()),
    forget: () => sessions.clear(),
    addTool: (name) => void tools.push(name),
  };
}

/** On the stream of the call, as an SDK's tool asks that passes on whom it asks for. */
async function ask(extra: Extra, message: string): Promise<string> {
  const params = { message, requestedSchema: FORM };
  const answer = await extra.sendRequest({ method: 'elicitation/create', params }, ElicitResultSchema, {
    timeout: NEVER_MS,
  });
  return said(answer);
}

function said({ action, content }: { action: string; content?: Record<string, unknown> | undefined }): string {
  return content === undefined ? action : `${action} ${String(content['answer'])}`;
}

const TOOLS: Readonly<Record<string, (server: Server, extra: Extra) => Promise<string>>> = {
  plain: () => Promise.resolve('done'),
  ask: (_server, extra) => ask(extra, 'one?'),
  /** On the session's own stream, as most do that hold the server only. */
  'ask-aside': async (server) =>
    said(await server.elicitInput({ message: 'aside?', requestedSchema: FORM }, { timeout: NEVER_MS })),
  'ask-two': async (_server, extra) => (await Promise.all([ask(extra, 'first?'), ask(extra, 'second?')])).join(', '),
  'ask-again': async (_server, extra) => `${await ask(extra, 'first?')}, ${await ask(extra, 'second?')}`,
  'ask-briefly': async (_server, extra) => {
    const params = { message: 'quick?', requestedSchema: FORM };
    await extra
      .sendRequest({ method: 'elicitation/create', params }, ElicitResultSchema, { timeout: 150 })
      .catch(() => undefined);
    return 'went on without';
  },
  'needs-url': () => {
    const elicitations = [{ mode: 'url', elicitationId: 'e', url: 'https://example.org/go', message: 'Go there' }];
    throw new McpError(-32042, 'Go there first', { elicitations });
  },
  'log-aside': async (server) => {
    await server.sendLoggingMessage({ level: 'info', data: 'said aside' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    return 'logged';
  },
  hang: (_server, extra) =>
    new Promise((_resolve, reject) => extra.signal.addEventListener('abort', () => reject(new Error('stopped')))),
};
