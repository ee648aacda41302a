import { type BodyInit, type Pool, type Response as UndiciResponse, fetch as undiciFetch } from 'undici';
import { AppError } from '../kernel/app-error.js';
import { boundedBody } from './bounded-body.js';
import { egressErrorOf } from './egress-errors.js';
import { parseEndpoint } from './endpoint-url.js';
import type { PoolOptions } from './pool-shelf.js';

/** Headers for one origin. A client that is led elsewhere, as OAuth discovery is, does not take them along. */
export interface OriginHeaders {
  readonly origin: string;
  /** Sent where the request does not have a header of that name itself. */
  readonly values: Readonly<Record<string, string>>;
}

export interface FetchOptions {
  /** Of one answer's body, decoded. For a stream: over its whole life. */
  readonly maxResponseBytes: number;
  /** Ends every request that is made through this fetch. */
  readonly signal?: AbortSignal;
  readonly headers?: OriginHeaders;
  readonly pool?: PoolOptions;
}

/** Requests that may wait for a connection to one origin. */
const MAX_QUEUED = 256;
const NULL_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A `fetch` whose connections come from checked pools, for libraries that take one. It follows no
 * redirects, bounds answers, and fails with AppErrors: `egress.invalid_url`, `egress.denied`,
 * `egress.unresolvable`, `egress.timeout`, `egress.unreachable`, `egress.redirect`, `egress.busy` and, while
 * the body is read, `egress.response_too_large`. An abort fails with the signal's reason, as ever.
 */
export function checkedFetch(poolOf: (origin: string) => Pool, options: FetchOptions): typeof fetch {
  return async (input, init) => {
    const request = input instanceof Request ? { ...parts(input), ...init } : { ...init };
    const url = parseEndpoint(input instanceof Request ? input.url : String(input));
    const signal = anyOf(options.signal, request.signal ?? undefined);
    const dispatcher = poolOf(url.origin);
    if (dispatcher.stats.queued >= MAX_QUEUED) {
      throw new AppError('unavailable', 'egress.busy', `too many requests wait for ${url.host}; try again`, {
        retryAfterSeconds: 1,
      });
    }
    const translate = (error: unknown): unknown => (signal?.aborted === true ? error : egressErrorOf(error, url.host));
    let answer: UndiciResponse;
    try {
      answer = await undiciFetch(url, {
        ...request,
        // The global types are of another undici version than the one that is called.
        body: request.body as BodyInit | null | undefined,
        headers: [...withDefaults(new Headers(request.headers), url, options.headers)],
        signal,
        redirect: 'manual',
        dispatcher,
      });
    } catch (error) {
      throw translate(error);
    }
    if (isRedirect(answer.status)) {
      await answer.body?.cancel();
      throw redirectError(url, answer);
    }
    return rebuilt(answer, url, options.maxResponseBytes, translate);
  };
}

function parts({ method, headers, body, signal }: Request): RequestInit {
  return { method, headers, body, signal, duplex: 'half' };
}

function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const [first, ...others] = signals.filter((signal) => signal !== undefined);
  return first && others.length > 0 ? AbortSignal.any([first, ...others]) : first;
}

function withDefaults(headers: Headers, url: URL, defaults: OriginHeaders | undefined): Headers {
  if (defaults?.origin !== url.origin) return headers;
  for (const [name, value] of Object.entries(defaults.values)) if (!headers.has(name)) headers.set(name, value);
  return headers;
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304;
}

function redirectError(url: URL, answer: UndiciResponse): AppError {
  const location = answer.headers.get('location') ?? '';
  const target = URL.canParse(location, url.href) ? new URL(location, url.href) : undefined;
  // Neither its query nor a user name: they may hold secrets.
  const where = target ? `${target.origin}${target.pathname}`.slice(0, 300) : 'a place that cannot be read';
  return new AppError(
    'upstream_failed',
    'egress.redirect',
    `${url.host} answered ${answer.status}, pointing to ${where}; redirects are not followed`,
    { data: { status: answer.status, location: where } },
  );
}

/** As the global class, which is the one that callers know. */
function rebuilt(answer: UndiciResponse, url: URL, maxBytes: number, translate: (error: unknown) => unknown): Response {
  const tooLarge = (): AppError =>
    new AppError('upstream_failed', 'egress.response_too_large', `${url.host} answered more than ${maxBytes} bytes`, {
      data: { maxBytes },
    });
  const source = answer.body as ReadableStream<Uint8Array> | null;
  const body = source && !NULL_BODY.has(answer.status) ? boundedBody(source, maxBytes, tooLarge, translate) : null;
  const { status, statusText } = answer;
  const response = new Response(body, { status, statusText, headers: [...answer.headers] });
  return Object.defineProperty(response, 'url', { value: url.href });
}
