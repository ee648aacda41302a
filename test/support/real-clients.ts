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
  type ElicitResult,
  type LoggingLevel,
} from '@modelcontextprotocol/sdk/types.js';
import { LOG_LEVEL_KEY } from '../../src/mcp/meta-keys.js';

/** The SDK's first line speaks legacy, the second legacy as it is delivered, and modern when it is told to. */
export type ClientLine = 'v1' | 'v2 legacy' | 'v2 modern';

export interface CallOptions {
  readonly onprogress?: (progress: { progress: number; total?: number }) => void;
  readonly signal?: AbortSignal;
  /** In milliseconds; the SDK's own is a minute. */
  readonly timeout?: number;
}

/** What both lines of the SDK's client can do, under one face. */
export interface RealClient {
  /** The text of a tool's answer. */
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<string>;
  /** The structured part of a tool's answer. */
  structured(name: string): Promise<unknown>;
  tools(): Promise<string[]>;
  prompt(name: string, args?: Record<string, string>): Promise<string>;
  read(uri: string): Promise<string>;
  complete(prompt: string, argument: string, value: string): Promise<string[]>;
  /** From now on log messages of this level and worse: told once, or with each call by modern clients. */
  setLevel(level: LoggingLevel): Promise<void>;
  subscribe(uri: string): Promise<void>;
  /** Legacy clients only: modern ones close their stream. */
  unsubscribe(uri: string): Promise<void>;
  /** Methods and parameters of the notifications so far, but for those of a call. */
  readonly heard: readonly { readonly method: string; readonly params?: unknown }[];
  close(): Promise<void>;
}

const INFO = { name: 'test', version: '1.0.0' };
const CAPABILITIES = { elicitation: {}, sampling: {}, roots: { listChanged: true } };
const ELICITED = { action: 'accept' as const, content: { name: 'Ada', username: 'ada', email: 'ada@example.org' } };
const SAMPLED = { role: 'assistant' as const, model: 'test', content: { type: 'text' as const, text: 'sampled' } };
const ROOTS = { roots: [{ uri: 'file:///work', name: 'work' }] };

/** What a client says when it is asked: by default `Ada`, `sampled`, and one root. */
export interface ClientAnswers {
  readonly capabilities?: ClientCapabilities;
  readonly elicit?: (params: unknown) => ElicitResult | Promise<ElicitResult>;
  readonly sample?: () => typeof SAMPLED;
}

export function connectClient(line: ClientLine, url: string, answers: ClientAnswers = {}): Promise<RealClient> {
  return line === 'v1' ? connectFirst(url, answers) : connectSecond(url, line === 'v2 modern', answers);
}

/** A modern client that servers can ask only what it declares. */
export function connectModern(url: string, capabilities: ClientCapabilities): Promise<RealClient> {
  return connectSecond(url, true, { capabilities });
}

async function connectFirst(
  url: string,
  { capabilities = CAPABILITIES, elicit = () => ELICITED, sample = () => SAMPLED }: ClientAnswers,
): Promise<RealClient> {
  const client = new FirstClient(INFO, { capabilities });
  const heard: RealClient['heard'][number][] = [];
  if (capabilities.elicitation) client.setRequestHandler(ElicitRequestSchema, ({ params }) => elicit(params));
  if (capabilities.sampling) client.setRequestHandler(CreateMessageRequestSchema, () => sample());
  if (capabilities.roots) client.setRequestHandler(ListRootsRequestSchema, () => ROOTS);
  client.fallbackNotificationHandler = (notification) => Promise.resolve(void heard.push(notification));
  await client.connect(new FirstTransport(new URL(url)));
  return {
    ...common(client),
    heard,
    call: async (name, args = {}, options = {}) =>
      textOf(await client.callTool({ name, arguments: args }, CallToolResultSchema, options)),
    setLevel: async (level) => void (await client.setLoggingLevel(level)),
    subscribe: async (uri) => void (await client.subscribeResource({ uri })),
    unsubscribe: async (uri) => void (await client.unsubscribeResource({ uri })),
  };
}

async function connectSecond(
  url: string,
  modern: boolean,
  { capabilities = CAPABILITIES, elicit = () => ELICITED, sample = () => SAMPLED }: ClientAnswers,
): Promise<RealClient> {
  const client = new SecondClient(INFO, {
    capabilities,
    versionNegotiation: { mode: modern ? { pin: '2026-07-28' } : 'legacy' },
  });
  const heard: RealClient['heard'][number][] = [];
  let meta: Record<string, unknown> | undefined;
  if (capabilities.elicitation) client.setRequestHandler('elicitation/create', ({ params }) => elicit(params));
  if (capabilities.sampling) client.setRequestHandler('sampling/createMessage', () => sample());
  if (capabilities.roots) client.setRequestHandler('roots/list', () => ROOTS);
  client.fallbackNotificationHandler = (notification) => Promise.resolve(void heard.push(notification));
  await client.connect(new SecondTransport(new URL(url)));
  return {
    ...common(client),
    heard,
    call: async (name, args = {}, options = {}) =>
      textOf(await client.callTool({ name, arguments: args, ...(meta && { _meta: meta }) }, options)),
    setLevel: async (level) => {
      if (modern) meta = { [LOG_LEVEL_KEY]: level };
      else await client.setLoggingLevel(level);
    },
    subscribe: async (uri) => {
      if (modern) await client.listen({ toolsListChanged: true, resourceSubscriptions: [uri] });
      else await client.subscribeResource({ uri });
    },
    unsubscribe: async (uri) => void (await client.unsubscribeResource({ uri })),
  };
}

type Common = Pick<RealClient, 'structured' | 'tools' | 'prompt' | 'read' | 'complete' | 'close'>;

function common(client: FirstClient | SecondClient): Common {
  return {
    structured: async (name) => (await client.callTool({ name })).structuredContent,
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
