import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  type JSONRPCMessage,
  SSEClientTransport,
  SseError,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { GuardedFetch } from './guarded-fetch.js';
import { isObject, type JsonObject } from './json-defects.js';
import { ProbeError, redactor, RpcError } from './probe-error.js';
import { METHOD_NOT_FOUND, MODERN_META } from './protocol.js';
import { toProbeError } from './to-probe-error.js';

export interface SessionOptions {
  readonly url: string;
  readonly transportType: 'streamable-http' | 'sse';
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly era: 'modern' | 'legacy';
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** How long `close` may wait for the server to end its session. */
  readonly cleanUpMs: number;
  readonly responseBytes: number;
}

interface Pending {
  readonly id: number;
  readonly method: string;
  readonly resolve: (result: JsonObject) => void;
  readonly reject: (error: ProbeError) => void;
}

/** A legacy server may ask us things (ping, roots); so many are answered. */
const MAX_REPLIES = 16;

/**
 * One conversation with a server, over an SDK transport and without the SDK's `Client`: that one
 * refuses a whole list for one invalid definition, and we keep definitions exactly as received.
 * One request at a time. Whoever opened it closes it.
 */
export class Session {
  readonly #transport: Transport;
  readonly #guard: GuardedFetch;
  readonly #work = new AbortController();
  readonly #cleanUp = new AbortController();
  readonly #redact: (text: string) => string;
  #pending: Pending | undefined;
  /** What the SDK could not read on a stream; real clients skip it, so it only explains a missing reply. */
  #unreadable: unknown;
  #nextId = 1;
  #replies = 0;
  #listChanged = false;

  constructor(private readonly options: SessionOptions) {
    this.#redact = redactor(options.headers);
    options.signal.addEventListener('abort', this.#expired, { once: true });
    if (options.signal.aborted) this.#expired();
    this.#guard = new GuardedFetch({
      fetch: options.fetch,
      signal: this.#work.signal,
      cleanUpSignal: this.#cleanUp.signal,
      responseBytes: options.responseBytes,
      transportType: options.transportType,
    });
    this.#transport = this.createTransport();
    // The SDK's transports are no EventTargets.
    // oxlint-disable-next-line unicorn/prefer-add-event-listener
    this.#transport.onmessage = (message): void => this.receive(message);
    // oxlint-disable-next-line unicorn/prefer-add-event-listener
    this.#transport.onerror = (error): void => this.trouble(error);
  }

  /** Whether the server said meanwhile that one of its lists changed. */
  get listChanged(): boolean {
    return this.#listChanged;
  }

  /** Opens the transport. For `sse` that is the stream and the address to post to. */
  async open(): Promise<void> {
    await this.unlessAborted('connecting', this.#transport.start());
  }

  /**
   * Sends a request and resolves with the result object, as received.
   * @throws RpcError when the server answers with an error, ProbeError for everything else
   */
  async request(method: string, params: JsonObject = {}): Promise<JsonObject> {
    const id = this.#nextId++;
    const reply = new Promise<JsonObject>((resolve, reject) => (this.#pending = { id, method, resolve, reject }));
    // It is awaited below; until then a rejection is nobody's mistake.
    reply.catch(() => undefined);
    try {
      if (this.#work.signal.aborted) throw this.#work.signal.reason;
      void this.post(id, method, params);
      return await reply;
    } catch (error) {
      throw this.explain(error, method);
    } finally {
      this.#pending = undefined;
    }
  }

  async notify(method: string): Promise<void> {
    await this.unlessAborted(method, this.#transport.send({ jsonrpc: '2.0', method }));
  }

  /** From now on this revision is named in `MCP-Protocol-Version`. */
  negotiated(version: string): void {
    this.#transport.setProtocolVersion?.(version);
  }

  /** Stops the work at once; the session still has to be closed. */
  abort(reason: ProbeError): void {
    if (!this.#work.signal.aborted) this.#work.abort(reason);
    if (this.#pending === undefined) return;
    this.fail(this.#pending.id, reason.code === 'timeout' ? (this.#unreadable ?? reason) : reason);
  }

  /** Ends the session on the server (some answer 405, and keep it) and every stream. Never rejects. */
  async close(): Promise<void> {
    this.options.signal.removeEventListener('abort', this.#expired);
    this.abort(new ProbeError('aborted', 'The session was closed.'));
    if (this.#transport instanceof StreamableHTTPClientTransport && this.#transport.sessionId !== undefined) {
      const timer = setTimeout(() => this.#cleanUp.abort(), this.options.cleanUpMs);
      await this.#transport.terminateSession().catch(() => undefined);
      clearTimeout(timer);
    }
    await this.#transport.close().catch(() => undefined);
    this.#cleanUp.abort();
  }

  /** Sends the request; the reply comes by `receive`, and whatever prevents it by `fail`. */
  private async post(id: number, method: string, params: JsonObject): Promise<void> {
    const onRequestStreamEnd = (): void => this.fail(id, this.#guard.failure ?? this.#unreadable ?? cutOff(method));
    try {
      const message = { jsonrpc: '2.0' as const, id, method, params: this.withMeta(params) };
      await this.#transport.send(message, { onRequestStreamEnd });
      // What is not a stream has been read to its end by now.
      if (this.options.transportType === 'streamable-http' && !this.#guard.streaming) {
        this.fail(id, new ProbeError('not_mcp', `${method} was answered without a reply to it.`));
      }
    } catch (error) {
      this.fail(id, this.#guard.failure ?? error);
    }
  }

  private createTransport(): Transport {
    const { url, transportType, headers } = this.options;
    // `manual` keeps the SDK from following redirects within the origin.
    const requestInit: RequestInit = { headers: { ...headers }, redirect: 'manual' };
    const common = { fetch: this.#guard.fetch, requestInit };
    if (transportType === 'sse') return new SSEClientTransport(new URL(url), common);
    return new StreamableHTTPClientTransport(new URL(url), { ...common, reconnectionOptions: NO_RECONNECTION });
  }

  private withMeta(params: JsonObject): Record<string, unknown> {
    return this.options.era === 'modern' ? { ...params, _meta: MODERN_META } : params;
  }

  private receive(message: JSONRPCMessage): void {
    if (isJSONRPCNotification(message)) {
      if (LIST_CHANGED.test(message.method)) this.#listChanged = true;
    } else if (isJSONRPCRequest(message)) {
      this.reply(message.id, message.method);
    } else if (isJSONRPCResponse(message) && Number(message.id) === this.#pending?.id) {
      this.#guard.restartCount();
      const { method, resolve, reject } = this.#pending;
      if (isJSONRPCErrorResponse(message)) {
        reject(new RpcError(method, message.error.code, this.#redact(message.error.message), message.error.data));
      } else if (isObject(message.result)) {
        resolve(message.result);
      }
    }
  }

  private reply(id: string | number, method: string): void {
    if (this.options.era === 'modern' || this.#replies++ >= MAX_REPLIES) return;
    const answer =
      method === 'ping' ? { result: {} } : { error: { code: METHOD_NOT_FOUND, message: 'A probe serves no requests' } };
    this.#transport.send({ jsonrpc: '2.0', id, ...answer }).catch(() => undefined);
  }

  /** The SDK reports here what it also throws, and what happens on streams. */
  private trouble(error: Error): void {
    this.#unreadable ??= error;
    if (error instanceof SseError && this.#pending !== undefined) {
      this.fail(this.#pending.id, this.#guard.failure ?? cutOff(this.#pending.method));
    }
  }

  private fail(id: number, error: unknown): void {
    if (this.#pending?.id === id) this.#pending.reject(this.explain(error, this.#pending.method));
  }

  private explain(error: unknown, method: string): ProbeError {
    return toProbeError(error, method, this.#redact);
  }

  /** For what the SDK would wait for without end. */
  private async unlessAborted(doing: string, work: Promise<void>): Promise<void> {
    const { signal } = this.#work;
    const done = new AbortController();
    const aborted = new Promise<never>((_resolve, reject) => {
      const stop = (): void => reject(this.explain(signal.reason, doing));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true, signal: done.signal });
    });
    try {
      await Promise.race([work, aborted]);
    } catch (error) {
      throw this.explain(this.#guard.failure ?? error, doing);
    } finally {
      done.abort();
    }
  }

  readonly #expired = (): void => {
    const reason: unknown = this.options.signal.reason;
    this.abort(reason instanceof ProbeError ? reason : new ProbeError('aborted', 'The probe was cancelled.'));
  };
}

const LIST_CHANGED = /^notifications\/(?:tools|resources|prompts)\/list_changed$/;
const NO_RECONNECTION = {
  initialReconnectionDelay: 1_000,
  maxReconnectionDelay: 1_000,
  reconnectionDelayGrowFactor: 1,
  maxRetries: 0,
};

function cutOff(method: string): ProbeError {
  return new ProbeError('connection_lost', `The server ended its answer to ${method} before the reply.`);
}
