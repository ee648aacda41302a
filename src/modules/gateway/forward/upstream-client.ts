import { Inject, Injectable } from '@nestjs/common';
import { Egress } from '../../../egress/egress.js';
import { egressErrorOf } from '../../../egress/egress-errors.js';
import { UpstreamCredentials } from '../../servers/index.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import { BodyDeadlines } from './body-deadlines.js';
import { dispatch } from './dispatch.js';
import { isEventStream } from './relay.js';
import { SseUpstreams } from './sse-upstreams.js';
import type { UpstreamAnswer, UpstreamRequest } from './upstream-exchange.js';
import { UPSTREAM_DEFAULTS, type UpstreamDefaults } from './upstream-defaults.js';

/** Between two pieces of a stream. */
const STREAM_IDLE_MS = 5 * 60_000;
/** Streams stay open, so their bound is that of the sessions and listeners that they belong to. */
const STREAM_POOL = { connections: 10_000, headersTimeoutMs: 0, bodyTimeoutMs: STREAM_IDLE_MS };
const POOL = { connections: 256, headersTimeoutMs: 0, bodyTimeoutMs: STREAM_IDLE_MS };

/** The HTTP leg to upstreams: kept-alive pools, the server's own deadline, stored credentials, no retry. */
@Injectable()
export class UpstreamClient {
  readonly #deadlines = new BodyDeadlines();
  readonly #targets = new Map<string, { readonly url: string; readonly origin: string; readonly path: string }>();

  constructor(
    private readonly egress: Egress,
    private readonly sse: SseUpstreams,
    private readonly credentials: UpstreamCredentials,
    @Inject(UPSTREAM_DEFAULTS) private readonly defaults: UpstreamDefaults,
  ) {}

  /** @throws AppError `egress.*` when there is no answer; what it answers is not judged here. */
  async request(server: RoutedServer, request: UpstreamRequest): Promise<UpstreamAnswer> {
    const stored = this.credentials.headersFor(server);
    const credentials = stored instanceof Promise ? await stored : stored;
    if (server.transportType === 'sse') return this.sse.request(server, request, credentials);
    const { origin, path } = this.#targetOf(server);
    const timeoutMs = server.settings.timeoutMs ?? this.defaults.timeoutMs;
    const startedMs = performance.now();
    try {
      const answer = await dispatch(
        this.egress.pool(origin, request.method === 'GET' || request.stays === true ? STREAM_POOL : POOL),
        {
          path,
          method: request.method,
          headers: credentials ? { ...request.headers, ...credentials } : request.headers,
          body: request.body ?? null,
          headersTimeout: request.method === 'GET' ? STREAM_IDLE_MS : timeoutMs,
        },
        request.signal,
      );
      // A stream goes on for as long as there is something to say.
      if (!answer.body.closed && !isEventStream(answer)) {
        this.#deadlines.watch(answer.body, timeoutMs - (performance.now() - startedMs));
      }
      return answer;
    } catch (error) {
      throw egressErrorOf(error, new URL(origin).host);
    }
  }

  #targetOf(server: RoutedServer): { readonly origin: string; readonly path: string } {
    const known = this.#targets.get(server.id);
    if (known && known.url === server.url) return known;
    const url = new URL(server.url);
    const target = { url: server.url, origin: url.origin, path: url.pathname + url.search };
    if (this.#targets.size > 10_000) this.#targets.clear();
    this.#targets.set(server.id, target);
    return target;
  }
}
