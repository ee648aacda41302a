import type { FastifyInstance } from 'fastify';
import { Histogram, register } from 'prom-client';

const NAME = 'http_request_duration_seconds';

/**
 * Times every request, MCP included, by route template and status class: hooks of Fastify's, since an
 * interceptor costs a third of the throughput.
 */
export function timeRequests(fastify: FastifyInstance): void {
  register.removeSingleMetric(NAME);
  const histogram = new Histogram({
    name: NAME,
    help: 'Duration of HTTP requests in seconds',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const status = `${String(Math.floor(reply.statusCode / 100))}xx`;
    histogram.observe({ method: request.method, route, status }, reply.elapsedTime / 1000);
    done();
  });
}
