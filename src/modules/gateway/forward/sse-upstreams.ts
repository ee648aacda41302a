import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { type JSONRPCMessage, SSEClientTransport } from '@modelcontextprotocol/client';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Egress } from '../../../egress/egress.js';
import { AppError } from '../../../kernel/app-error.js';
import { encodeSseMessage } from '../../../mcp/sse-encoder.js';
import { Readiness } from '../../monitoring/index.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { REPLICA_ID } from '../replicas/replica-id.js';
import { RemoteLinks } from './remote-links.js';
import { bodyOf, type UpstreamAnswer, type UpstreamRequest } from './upstream-exchange.js';

const LINKS_AT_MOST = 10_000;
/** Over the whole life of a stream. */
const STREAM_BYTES = 4 * 1024 * 1024 * 1024;
const OPEN_WITHIN_MS = 5000;

/** One connection to an `sse` server, which is one session of it. */
interface Link {
  readonly transport: SSEClientTransport;
  /** Calls that wait for their answer, by the id's JSON text; the last one hears what the server says meanwhile. */
  readonly calls: Map<string, PassThrough>;
  /** What is said while no call runs. */
  stream: PassThrough | undefined;
}

/**
 * Makes an upstream of the old HTTP+SSE transport (2024-11-05) look like one of Streamable HTTP, so
 * that nothing else in the gateway knows of it: a connection is a session, and each POST is answered
 * by an event stream of what the server says until its answer. The session's id names the replica that holds
 * the connection, and what others have to say on it goes there.
 */
@Injectable()
export class SseUpstreams implements OnApplicationShutdown {
  readonly #links = new Map<string, Link>();

  constructor(
    private readonly egress: Egress,
    private readonly remote: RemoteLinks,
    @Inject(REPLICA_ID) private readonly replica: string,
    readiness: Readiness,
  ) {
    remote.serve((id, request) => this.#onLink(id, request));
    // Those of this replica's clients end with them; other replicas would wait for ever.
    readiness.onDrain(() => {
      for (const { stream } of this.#links.values()) stream?.end();
    });
  }

  /** @throws AppError `egress.*`, `gateway.upstream_connections_exhausted`, `gateway.replica*`. */
  async request(
    server: RoutedServer,
    request: UpstreamRequest,
    credentials?: Readonly<Record<string, string>>,
  ): Promise<UpstreamAnswer> {
    const id = request.headers['mcp-session-id'];
    if (id === undefined) return this.#open(server, request, credentials);
    const holder = holderOf(id);
    const held =
      holder === this.replica ? await this.#onLink(id, request) : await this.remote.request(holder, id, request);
    return held ?? answer(404);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#links].map(([id, link]) => this.#close(id, link)));
  }

  /** `undefined`: there is no such connection (any more), and nothing was sent. */
  async #onLink(id: string, request: UpstreamRequest): Promise<UpstreamAnswer | undefined> {
    const link = this.#links.get(id);
    if (!link) return undefined;
    if (request.method === 'DELETE') {
      await this.#close(id, link);
      return answer(200);
    }
    if (request.method === 'GET') {
      link.stream?.end();
      link.stream = new PassThrough();
      return streaming(link.stream);
    }
    return this.#send(link, request);
  }

  async #open(
    server: RoutedServer,
    request: UpstreamRequest,
    credentials?: Readonly<Record<string, string>>,
  ): Promise<UpstreamAnswer> {
    if (this.#links.size >= LINKS_AT_MOST) {
      throw new AppError(
        'unavailable',
        'gateway.upstream_connections_exhausted',
        'Too many connections to sse servers.',
        { retryAfterSeconds: 10 },
      );
    }
    const url = new URL(server.url);
    const fetch = this.egress.createFetch({
      maxResponseBytes: STREAM_BYTES,
      pool: { bodyTimeoutMs: 0 },
      ...(credentials ? { headers: { origin: url.origin, values: credentials } } : {}),
    });
    const transport = new SSEClientTransport(url, { fetch });
    const link: Link = { transport, calls: new Map(), stream: undefined };
    const id = `${this.replica}.${randomUUID()}`;
    // The SDK's transport takes its callbacks as properties.
    Object.assign(transport, {
      onmessage: (message: JSONRPCMessage) => {
        deliver(link, message);
      },
      onclose: () => {
        this.#links.delete(id);
        end(link);
      },
    });
    await within(OPEN_WITHIN_MS, transport.start(), transport);
    this.#links.set(id, link);
    const opened = await this.#send(link, request);
    return { ...opened, headers: { ...opened.headers, 'mcp-session-id': id } };
  }

  async #send(link: Link, request: UpstreamRequest): Promise<UpstreamAnswer> {
    const message = JSON.parse(request.body?.toString('utf8') ?? 'null') as JSONRPCMessage;
    const waits = 'method' in message && 'id' in message;
    if (!waits) {
      await link.transport.send(message);
      return answer(202);
    }
    const key = JSON.stringify(message.id);
    const stream = new PassThrough();
    link.calls.set(key, stream);
    const forget = (): void => {
      link.calls.delete(key);
      stream.destroy();
    };
    request.signal?.addEventListener('abort', forget, { once: true });
    stream.once('close', () => {
      request.signal?.removeEventListener('abort', forget);
    });
    try {
      await link.transport.send(message);
    } catch (error) {
      forget();
      throw error;
    }
    return streaming(stream);
  }

  async #close(id: string, link: Link): Promise<void> {
    this.#links.delete(id);
    end(link);
    await link.transport.close();
  }
}

/** A connection belongs to the replica that opened it. */
function holderOf(id: string): string {
  return id.slice(0, id.indexOf('.'));
}

/** An answer ends its call's stream; all else goes to the last call that runs, or to the session's stream. */
function deliver(link: Link, message: JSONRPCMessage): void {
  const bytes = encodeSseMessage(Buffer.from(JSON.stringify(message)));
  if (!('method' in message) && 'id' in message) {
    const key = JSON.stringify(message.id);
    link.calls.get(key)?.end(bytes);
    link.calls.delete(key);
    return;
  }
  const stream = [...link.calls.values()].at(-1) ?? link.stream;
  stream?.write(bytes);
}

function end(link: Link): void {
  for (const stream of link.calls.values()) stream.end();
  link.calls.clear();
  link.stream?.end();
}

function streaming(stream: PassThrough): UpstreamAnswer {
  return { statusCode: 200, headers: { 'content-type': 'text/event-stream' }, body: bodyOf(stream) };
}

function answer(statusCode: number): UpstreamAnswer {
  const nothing = new PassThrough();
  nothing.end();
  return { ...streaming(nothing), statusCode, headers: {} };
}

async function within(ms: number, opening: Promise<void>, transport: SSEClientTransport): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new AppError('upstream_timeout', 'gateway.timeout', 'The server did not open its event stream in time.'));
    }, ms);
  });
  try {
    await Promise.race([opening, late]);
  } catch (error) {
    await transport.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
