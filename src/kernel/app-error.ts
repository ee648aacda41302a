/** One field of a request that was refused. `path` is dotted (`settings.timeoutMs`). */
export interface FieldViolation {
  readonly path: string;
  readonly message: string;
}

/**
 * What kind of failure it is. `http/` maps the kind to an HTTP status, `mcp/` to a JSON-RPC code:
 * services never name either.
 */
export type ErrorKind =
  | 'invalid'
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'too_large'
  | 'unsupported_media'
  | 'unprocessable'
  | 'too_many_requests'
  | 'unavailable'
  | 'upstream_failed'
  | 'upstream_timeout'
  | 'internal';

export interface AppErrorOptions {
  readonly cause?: unknown;
  readonly violations?: readonly FieldViolation[];
  /** How long the caller should wait before it tries again, in seconds. */
  readonly retryAfterSeconds?: number;
  /** How to authenticate, for those who did not: a `WWW-Authenticate` challenge (RFC 9110, section 11.6.1). */
  readonly challenge?: string;
  /** Machine-readable facts for the caller, e.g. the candidates of an ambiguous name. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * A failure that the caller is told about. `code` is stable and dotted (`servers.not_found`);
 * `message` says what was wrong, where, and what to do.
 */
export class AppError extends Error {
  readonly violations: readonly FieldViolation[];
  readonly retryAfterSeconds: number | undefined;
  readonly challenge: string | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.violations = options.violations ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.challenge = options.challenge;
    this.data = options.data;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
