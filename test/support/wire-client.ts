import { LEGACY_VERSION, MODERN_META, MODERN_VERSION } from '../../bench/tools/wire.js';
import { CLIENT_CAPABILITIES_KEY } from '../../src/mcp/meta-keys.js';

export type WireEra = 'modern' | 'legacy';

/** One answer, with what an SDK's client would hide. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Every JSON-RPC message of the body, the answer last; none when the body is none. */
  // Whatever was answered: tests say what they expect of it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly messages: readonly any[];
}

/** An MCP client that makes nothing right on the way: a legacy one initialises once, and never again. */
export class WireClient {
  #headers: Readonly<Record<string, string>> = {};
  #nextId = 1;

  private constructor(
    private readonly url: string,
    private readonly era: WireEra,
    private readonly capabilities: object,
  ) {}

  /** @param capabilities that a modern client declares. */
  static async open(url: string, era: WireEra, capabilities: object = {}): Promise<WireClient> {
    const client = new WireClient(url, era, capabilities);
    if (era === 'legacy') await client.#initialize();
    return client;
  }

  get sessionId(): string | undefined {
    return this.#headers['mcp-session-id'];
  }

  /** @throws what `fetch` throws when the connection breaks before the body's end. */
  async request(
    method: string,
    params: Record<string, unknown> = {},
    signal: AbortSignal | null = null,
  ): Promise<WireAnswer> {
    const id = this.#nextId++;
    const modern: Record<string, string> = {
      'mcp-protocol-version': MODERN_VERSION,
      'mcp-method': method,
      ...(typeof params['name'] === 'string' && { 'mcp-name': params['name'] }),
      ...(typeof params['uri'] === 'string' && { 'mcp-name': params['uri'] }),
    };
    const meta = { ...MODERN_META, [CLIENT_CAPABILITIES_KEY]: this.capabilities, ...(params['_meta'] as object) };
    const response = await fetch(this.url, {
      method: 'POST',
      signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(this.era === 'modern' ? modern : this.#headers),
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id,
        method,
        params: this.era === 'modern' ? { ...params, _meta: meta } : params,
      }),
    });
    return {
      status: response.status,
      headers: response.headers,
      messages: messagesOf(response, await response.text()),
    };
  }

  callTool(name: string, args: Record<string, unknown>): Promise<WireAnswer> {
    return this.request('tools/call', { name, arguments: args });
  }

  async #initialize(): Promise<void> {
    const { headers } = await this.request('initialize', {
      protocolVersion: LEGACY_VERSION,
      capabilities: {},
      clientInfo: { name: 'wire', version: '1' },
    });
    this.#headers = {
      'mcp-session-id': headers.get('mcp-session-id') ?? '',
      'mcp-protocol-version': LEGACY_VERSION,
    };
  }
}

function messagesOf(response: Response, text: string): unknown[] {
  if (response.headers.get('content-type') !== 'text/event-stream') return [JSON.parse(text)];
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)) as unknown);
}
