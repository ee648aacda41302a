import { AppError, messageOf } from '../kernel/app-error.js';

/** A rule refuses an address. Permanent: nothing was connected to. */
export class EgressDeniedError extends AppError {
  constructor(host: string, address: string, rule: string) {
    const target = host === address ? address : `${host} (${address})`;
    super('unprocessable', 'egress.denied', `connections to ${target} are not permitted by the rule "${rule}"`, {
      data: { host, address, rule },
    });
    this.name = 'EgressDeniedError';
  }
}

/** A host name that has no address now. It may have one later. */
export class UnresolvableError extends AppError {
  constructor(host: string, reason: string, cause?: unknown) {
    super('upstream_failed', 'egress.unresolvable', `the host name ${host} does not resolve: ${reason}`, {
      cause,
      data: { host },
    });
    this.name = 'UnresolvableError';
  }
}

const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/**
 * What undici threw, as an error for the caller: `egress.timeout`, `egress.unreachable`, or the AppError
 * within, which `fetch` hides as the cause of a TypeError.
 * @param host `host:port`, for the message.
 */
export function egressErrorOf(error: unknown, host: string): AppError {
  const chain = causes(error);
  const ours = chain.find((link) => link instanceof AppError);
  if (ours) return ours;
  const root = chain.at(-1);
  if (chain.some((link) => TIMEOUTS.has(codeOf(link)))) {
    return new AppError('upstream_timeout', 'egress.timeout', `${host} did not answer in time: ${messageOf(root)}`, {
      cause: error,
    });
  }
  return new AppError('upstream_failed', 'egress.unreachable', `talking to ${host} failed: ${messageOf(root)}`, {
    cause: error,
  });
}

/** What undici, its parser or the system threw because a connection broke, and not our own code. */
export function isConnectionError(error: unknown): boolean {
  return causes(error).some((link) => /^(?:UND_ERR_|HPE_|E[A-Z]+$)/.test(codeOf(link)));
}

function causes(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  // Bounded, since a cause may be its own.
  for (
    let link = error;
    link !== undefined && chain.length < 8;
    link = link instanceof Error ? link.cause : undefined
  ) {
    chain.push(link);
  }
  return chain;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
