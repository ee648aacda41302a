import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { systemScope } from '../../kernel/scope.js';
import { fresh, gauge } from './gauge.js';
import { RouteTable } from './catalogue/route-table.js';
import type { UpstreamMetrics } from './routing/upstream-state.js';
import { UpstreamStates } from './routing/upstream-states.js';
import { SESSION_STORE, type SessionStore } from './sessions/session-store.js';
import { StreamHub } from './streams/stream-hub.js';

/** How a forwarded call ended; bounded, so it may be a label. */
export type CallOutcome = 'ok' | 'input_required' | 'tool_error' | 'rpc_error' | 'failed' | 'client_left';

type Series = ReturnType<Histogram<'method' | 'outcome'>['labels']>;

/** Upstreams that have labels of their own, the busiest first; a registry may hold a hundred thousand. */
const LABELLED_UPSTREAMS = 100;
const BREAKER = { closed: 0, half_open: 1, open: 2 } as const;

const UPSTREAM_FIGURES: readonly (readonly [name: string, help: string, read: (metrics: UpstreamMetrics) => number])[] =
  [
    ['mcp_upstream_requests', 'Calls let through to an upstream since start', (metrics) => metrics.totalRequests],
    ['mcp_upstream_failures', 'Calls that failed at an upstream since start', (metrics) => metrics.totalFailures],
    ['mcp_upstream_in_flight', 'Calls under way at an upstream', (metrics) => metrics.activeRequests],
    ['mcp_upstream_breaker_state', '0 closed, 1 half open, 2 open', (metrics) => BREAKER[metrics.circuitBreaker.state]],
  ];

/** The gateway's figures at `/metrics`. What can be read at the scrape costs a call nothing. */
@Injectable()
export class GatewayMetrics {
  readonly #duration: Histogram<'method' | 'outcome'>;
  readonly #durations = new Map<string, Series>();
  readonly #bytes = { request: 0, response: 0 };

  constructor(
    states: UpstreamStates,
    routes: RouteTable,
    @Inject(SESSION_STORE) sessions: SessionStore,
    streams: StreamHub,
  ) {
    this.#duration = new Histogram({
      name: 'mcp_call_duration_seconds',
      help: 'Duration of calls that were forwarded to an upstream',
      labelNames: ['method', 'outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: fresh('mcp_call_duration_seconds'),
    });
    const counted = this.#bytes;
    void new Counter({
      name: 'mcp_bytes_total',
      help: 'Bytes of forwarded requests and of their answers',
      labelNames: ['direction'],
      registers: fresh('mcp_bytes_total'),
      collect() {
        this.reset();
        this.inc({ direction: 'request' }, counted.request);
        this.inc({ direction: 'response' }, counted.response);
      },
    });
    gauge('mcp_sessions', 'Sessions of legacy clients on this replica', () => sessions.size);
    gauge('mcp_streams', 'Open event streams to clients on this replica', () => streams.size);
    for (const [name, help, read] of UPSTREAM_FIGURES) {
      void new Gauge({
        name,
        help,
        labelNames: ['server'],
        registers: fresh(name),
        collect() {
          this.reset();
          const all = [...states.values()].map((state) => ({ id: state.id, metrics: state.metrics() }));
          const busiest = all
            .toSorted((a, b) => b.metrics.totalRequests - a.metrics.totalRequests)
            .slice(0, LABELLED_UPSTREAMS);
          for (const { id, metrics } of busiest) {
            this.set({ server: routes.byId(systemScope, id)?.alias ?? id }, read(metrics));
          }
        },
      });
    }
  }

  called(method: string, outcome: CallOutcome, startedMs: number, requestBytes: number, responseBytes: number): void {
    this.#series(method, outcome).observe((performance.now() - startedMs) / 1000);
    this.#bytes.request += requestBytes;
    this.#bytes.response += responseBytes;
  }

  /** Looked up once: finding a series by its labels hashes them anew each time. Both labels are bounded. */
  #series(method: string, outcome: CallOutcome): Series {
    const key = `${method} ${outcome}`;
    const known = this.#durations.get(key);
    if (known) return known;
    const series = this.#duration.labels({ method, outcome });
    this.#durations.set(key, series);
    return series;
  }
}
