import { AppError } from '../../../kernel/app-error.js';
import type { Era } from '../../../mcp/versions.js';
import type { RoutedServer } from '../catalogue/routed-server.js';
import type { UpstreamAnswer } from './upstream-exchange.js';

/**
 * What is no answer to the client's question becomes our own error: the upstream's challenge is
 * about our credentials, its 5xx about itself.
 * @param era that the upstream was asked in.
 * @throws AppError `gateway.upstream_*`.
 */
export async function refuseUnusable(answer: UpstreamAnswer, server: RoutedServer, era: Era): Promise<void> {
  const { statusCode } = answer;
  const modernRefusal = era === 'modern' && (statusCode === 400 || statusCode === 404);
  const json = String(answer.headers['content-type'] ?? '').startsWith('application/json');
  if (statusCode === 200 || (json && (modernRefusal || statusCode === 400))) return;
  await answer.body.dump();
  if (statusCode === 401 || statusCode === 403) {
    throw new AppError(
      'upstream_failed',
      'gateway.upstream_unauthorized',
      `${server.name} refused the gateway's credentials (HTTP ${String(statusCode)}).`,
    );
  }
  throw new AppError(
    'upstream_failed',
    'gateway.upstream_status',
    `${server.name} answered with HTTP ${String(statusCode)}.`,
  );
}
