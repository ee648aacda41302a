import { ProbeError } from './probe-error.js';

export interface GuardOptions {
  /** The checked way out: it resolves, checks addresses and connects. */
  readonly fetch: typeof fetch;
  /** Ends every request but the DELETE of a session. */
  readonly signal: AbortSignal;
  /** Ends the DELETE. */
  readonly cleanUpSignal: AbortSignal;
  /** Upper bound of one response, in bytes after decompression. */
  readonly responseBytes: number;
  /** Whether GET opens the connection (`sse`) or is the optional stream that a probe has no use for. */
  readonly transportType: 'streamable-http' | 'sse';
}

/**
 * The fetch that one SDK transport gets: no redirects, bounded responses, statuses that mean the
 * same in both eras turned into errors here. The SDK rewords what it catches, so the first failure
 * is kept as it was.
 */
export class GuardedFetch {
  #failure: unknown;
  #streaming = false;
  readonly #restarts: (() => void)[] = [];

  constructor(private readonly options: GuardOptions) {}

  /** The first thing that went wrong on the way, not counting what we cancelled ourselves. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whether the last answer to a POST was an event stream, on which a reply can still come. */
  get streaming(): boolean {
    return this.#streaming;
  }

  /** A message has arrived: on a connection that carries many, the next one has the whole bound again. */
  restartCount(): void {
    for (const restart of this.#restarts) restart();
  }

  readonly fetch = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const method = init.method ?? 'GET';
    if (method === 'GET' && this.options.transportType === 'streamable-http') {
      return new Response(null, { status: 405 });
    }
    const ours = method === 'DELETE' ? this.options.cleanUpSignal : this.options.signal;
    const signals = method === 'DELETE' || !init.signal ? [ours] : [ours, init.signal];
    const signal = AbortSignal.any(signals);
    try {
      const response = await this.options.fetch(url, { ...init, redirect: 'manual', signal });
      if (method === 'DELETE') return this.bounded(response, signal);
      const refusal = refusalOf(response, method);
      if (refusal !== undefined) {
        await discard(response);
        throw refusal;
      }
      if (method === 'POST') this.#streaming = mediaTypeOf(response) === 'text/event-stream';
      return this.bounded(response, signal);
    } catch (error) {
      this.remember(error, signal);
      throw error;
    }
  };

  private bounded(response: Response, signal: AbortSignal): Response {
    if (response.body === null) return response;
    const limit = this.options.responseBytes;
    let bytes = 0;
    this.#restarts.push(() => (bytes = 0));
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        bytes += chunk.byteLength;
        if (bytes > limit) {
          const error = new ProbeError('response_too_large', `The server sent a response of more than ${limit} bytes.`);
          this.remember(error, signal);
          throw error;
        }
        controller.enqueue(chunk);
      },
    });
    const body = response.body.pipeThrough(counter);
    return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
  }

  private remember(error: unknown, signal: AbortSignal): void {
    if (!signal.aborted) this.#failure ??= error;
  }
}

function refusalOf(response: Response, method: string): ProbeError | undefined {
  const { status } = response;
  if (status === 0 || (status >= 300 && status < 400)) {
    return new ProbeError(
      'redirected',
      'The server redirects, and redirects are not followed: register the final URL.',
    );
  }
  if (status === 401) return new ProbeError('unauthorized', 'The server asks for credentials (HTTP 401).');
  if (status === 403) return new ProbeError('unauthorized', 'The server refuses access (HTTP 403).');
  if (status === 429 || status >= 500) return new ProbeError('server_error', `The server answered HTTP ${status}.`);
  if (method === 'GET' && mediaTypeOf(response) !== 'text/event-stream') {
    return new ProbeError('not_mcp', `There is no event stream at this URL (HTTP ${status}).`);
  }
  return undefined;
}

function mediaTypeOf(response: Response): string | undefined {
  return response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
}

/** A body that nobody reads keeps its socket. */
async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
