import { SdkError, SdkErrorCode, SdkHttpError, SseError } from '@modelcontextprotocol/client';
import { AppError } from '../../../kernel/app-error.js';
import { isObject } from './json-defects.js';
import { HttpStatusError, ProbeError, type ProbeErrorCode, RpcError } from './probe-error.js';

const EGRESS_CODES: Readonly<Record<string, ProbeErrorCode>> = {
  'egress.denied': 'egress_denied',
  'egress.unresolvable': 'unresolvable',
  'egress.redirect': 'redirected',
};

/** Codes of Node and undici that say that a connection existed. All others: it never came about. */
const LOST_CODES = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
]);

/**
 * What went wrong, in our words. No URL and nothing of the server's body but the message of a
 * JSON-RPC error goes into ours: either may hold a secret.
 * @param method the JSON-RPC method that was under way
 * @param redact takes our credentials out of what the server wrote
 */
export function toProbeError(
  error: unknown,
  method: string,
  redact: (text: string) => string = (text) => text,
): ProbeError {
  const chain = causesOf(error);
  const known = chain.find((link) => link instanceof ProbeError);
  if (known !== undefined) return known;
  const refused = chain.find((link) => link instanceof AppError);
  if (refused !== undefined) {
    return new ProbeError(EGRESS_CODES[refused.code] ?? 'connect_failed', refused.message, { cause: refused });
  }
  if (error instanceof SdkHttpError) return fromHttp(error, method, redact);
  if (error instanceof SdkError && error.code === SdkErrorCode.ClientHttpUnexpectedContent) {
    return new ProbeError('not_mcp', `${method} was answered with neither JSON nor an event stream.`, { cause: error });
  }
  if (error instanceof SseError) {
    return new ProbeError('connection_lost', 'The server closed its event stream.', { cause: error });
  }
  return fromNetwork(chain) ?? new ProbeError('not_mcp', `${method} was not answered with JSON-RPC.`, { cause: error });
}

/** A 4xx: its body may be a JSON-RPC error, as 2026-07-28 has it. */
function fromHttp(error: SdkHttpError, method: string, redact: (text: string) => string): ProbeError {
  const rpc = rpcErrorIn(error.data.text);
  if (rpc !== undefined) return new RpcError(method, rpc.code, redact(rpc.message), rpc.data);
  return new HttpStatusError(method, error.data.status, { cause: error });
}

function rpcErrorIn(text: unknown): { code: number; message: string; data: unknown } | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const body: unknown = JSON.parse(text);
    const error = isObject(body) && body['jsonrpc'] === '2.0' ? body['error'] : undefined;
    if (!isObject(error) || typeof error['code'] !== 'number') return undefined;
    const message = typeof error['message'] === 'string' ? error['message'] : '';
    return { code: error['code'], message, data: error['data'] };
  } catch {
    return undefined;
  }
}

function fromNetwork(chain: readonly Error[]): ProbeError | undefined {
  const cause = chain[0];
  if (chain.some((link) => link.message === 'terminated' || LOST_CODES.has(codeOf(link) ?? ''))) {
    return new ProbeError('connection_lost', 'The server closed the connection before it had answered.', { cause });
  }
  const network = chain.find((link) => codeOf(link) !== undefined);
  if (network !== undefined && !(network instanceof SdkError)) {
    const reason = network.message === '' ? codeOf(network) : network.message;
    return new ProbeError('connect_failed', `No connection to the server: ${reason}`, { cause });
  }
  return chain.some((link) => link.message === 'fetch failed')
    ? new ProbeError('connect_failed', 'No connection to the server.', { cause })
    : undefined;
}

function codeOf(error: Error): string | undefined {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : undefined;
}

/** The error and what caused it, outermost first; both addresses of a host that has two. */
function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let link: unknown = error; link instanceof Error && chain.length < 8;) {
    chain.push(link);
    link = link instanceof AggregateError && link.cause === undefined ? link.errors[0] : link.cause;
  }
  return chain;
}
