import {
  Client as SecondClient,
  type ClientCapabilities,
  StreamableHTTPClientTransport as SecondTransport,
} from '@modelcontextprotocol/client';
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CallToolResultSchema,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  type LoggingLevel,
} from '@modelcontextprotocol/sdk/types.js';

/** The SDK's first line speaks legacy, the second legacy as it is delivered, and modern when it is told to. */
export type ClientLine = 'v1' | 'v2 legacy' | 'v2 modern';

export interface CallOptions {
  readonly onprogress?: (progress: { progress: number; total?: number }) => void;
  readonly signal?: AbortSignal;
}

/** What both lines of the SDK's client can do, under one face. */
export interface RealClient {
  /** The text of a tool's answer. */
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<string>;
  tools(): Promise<string[]>;
  prompt(name: string, args?: Record<string, string>): Promise<string>;
  read(uri: string): Promise<string>;
  complete(prompt: string, argument: string, value: string): Promise<string[]>;
  setLevel(level: LoggingLevel): Promise<void>;
  subscribe(uri: string): Promise<void>;
  /** Methods and parameters of the notifications so far, but for those of a call. */
  readonly heard: readonly { readonly method: string; readonly params?: unknown }[];
  close(): Promise<void>;
}

const INFO = { name: 'test', version: '1.0.0' };
const CAPABILITIES = { elicitation: {}, sampling: {}, roots: { listChanged: true } };
const ELICITED = { action: 'accept' as const, content: { name: 'Ada', username: 'ada', email: 'ada@example.org' } };
const SAMPLED = { role: 'assistant' as const, model: 'test', content: { type: 'text' as const, text: 'sampled' } };
const ROOTS = { roots: [{ uri: 'file:///work', name: 'work' }] };

/** A client that answers what servers ask: `Ada`, `sampled`, and one root. */
export function connectClient(line: ClientLine, url: string): Promise<RealClient> {
  return line === 'v1' ? connectFirst(url) : connectSecond(url, line === 'v2 modern', CAPABILITIES);
}

/** A modern client that servers can ask only what it declares. */
export function connectModern(url: string, capabilities: ClientCapabilities): Promise<RealClient> {
  return connectSecond(url, true, capabilities);
}

async function connectFirst(url: string): Promise<RealClient> {
  const client = new FirstClient(INFO, { capabilities: CAPABILITIES });
  const heard: RealClient['heard'][number][] = [];
  client.setRequestHandler(ElicitRequestSchema, () => ELICITED);
  client.setRequestHandler(CreateMessageRequestSchema, () => SAMPLED);
  client.setRequestHandler(ListRootsRequestSchema, () => ROOTS);
  client.fallbackNotificationHandler = (notification) => Promise.resolve(void heard.push(notification));
  await client.connect(new FirstTransport(new URL(url)));
  return {
    ...common(client),
    heard,
    call: async (name, args = {}, options = {}) =>
      textOf(await client.callTool({ name, arguments: args }, CallToolResultSchema, options)),
    setLevel: async (level) => void (await client.setLoggingLevel(level)),
    subscribe: async (uri) => void (await client.subscribeResource({ uri })),
  };
}

async function connectSecond(url: string, modern: boolean, capabilities: ClientCapabilities): Promise<RealClient> {
  const client = new SecondClient(INFO, {
    capabilities,
    versionNegotiation: { mode: modern ? { pin: '2026-07-28' } : 'legacy' },
  });
  const heard: RealClient['heard'][number][] = [];
  if (capabilities.elicitation) client.setRequestHandler('elicitation/create', () => ELICITED);
  if (capabilities.sampling) client.setRequestHandler('sampling/createMessage', () => SAMPLED);
  if (capabilities.roots) client.setRequestHandler('roots/list', () => ROOTS);
  client.fallbackNotificationHandler = (notification) => Promise.resolve(void heard.push(notification));
  await client.connect(new SecondTransport(new URL(url)));
  return {
    ...common(client),
    heard,
    call: async (name, args = {}, options = {}) => textOf(await client.callTool({ name, arguments: args }, options)),
    setLevel: async (level) => void (await client.setLoggingLevel(level)),
    subscribe: async (uri) => {
      if (modern) await client.listen({ toolsListChanged: true, resourceSubscriptions: [uri] });
      else await client.subscribeResource({ uri });
    },
  };
}

type Common = Pick<RealClient, 'tools' | 'prompt' | 'read' | 'complete' | 'close'>;

function common(client: FirstClient | SecondClient): Common {
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    prompt: async (name, args = {}) => JSON.stringify((await client.getPrompt({ name, arguments: args })).messages),
    read: async (uri) => JSON.stringify((await client.readResource({ uri })).contents),
    complete: async (name, argument, value) => {
      const ref = { type: 'ref/prompt' as const, name };
      return (await client.complete({ ref, argument: { name: argument, value } })).completion.values;
    },
    close: () => client.close(),
  };
}

function textOf(result: object): string {
  return JSON.stringify('content' in result ? result.content : result);
}
