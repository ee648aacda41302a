/** Why a server could not be probed. Stable: stored beside `lastError` and counted in metrics. */
export type ProbeErrorCode =
  | 'egress_denied'
  | 'unresolvable'
  | 'redirected'
  | 'unauthorized'
  | 'response_too_large'
  | 'server_error'
  | 'protocol_error'
  | 'unsupported_version'
  | 'era_changed'
  | 'connection_lost'
  | 'connect_failed'
  | 'timeout'
  | 'aborted'
  | 'not_mcp';

const MAX_MESSAGE_CHARS = 500;

/** A probe or a health check that failed. `message` is for humans: one line, at most 500 characters, no secrets. */
export class ProbeError extends Error {
  constructor(
    readonly code: ProbeErrorCode,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(oneLine(message, MAX_MESSAGE_CHARS), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ProbeError';
  }
}

/** The server answered with a JSON-RPC error object. */
export class RpcError extends ProbeError {
  constructor(
    method: string,
    readonly rpcCode: number,
    message: string,
    readonly data?: unknown,
  ) {
    super('protocol_error', `${method} was answered with error ${rpcCode}: ${oneLine(message, 300)}`);
  }
}

/** Text of others made fit for a message: no control characters, no lone surrogates, bounded. */
export function oneLine(text: string, maxChars: number): string {
  // Cut first, so that the replacement never runs over megabytes.
  const cut = text.length > maxChars ? `${text.slice(0, maxChars - 1)}…` : text;
  return cut.replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ').trim();
}

/** The server answered with a status of 4xx and no JSON-RPC error. */
export class HttpStatusError extends ProbeError {
  constructor(
    method: string,
    readonly status: number,
    options: { readonly cause?: unknown } = {},
  ) {
    super('not_mcp', `${method} was answered with HTTP ${status}.`, options);
  }
}

/**
 * Takes what was sent as a credential out of a text that a server wrote: some echo the request in
 * their errors. Whole values and, for `Bearer abc`, the last word; shorter than 6 characters stays.
 */
export function redactor(headers: Readonly<Record<string, string>> | undefined): (text: string) => string {
  const secrets = Object.values(headers ?? {})
    .flatMap((value) => [value, value.split(' ').at(-1) ?? ''])
    .filter((value) => value.length >= 6)
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((result, secret) => result.replaceAll(secret, '***'), text);
}
