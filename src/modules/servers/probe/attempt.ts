import type { Deadline } from './deadline.js';
import { type Greeting, discover, initialize } from './handshake.js';
import type { ProbeLimits } from './limits.js';
import { ProbeError, type ProbeErrorCode, RpcError } from './probe-error.js';
import { Problems } from './problems.js';
import { METHOD_NOT_FOUND, UNSUPPORTED_VERSION } from './protocol.js';
import { Session } from './session.js';
import type { ProbeOptions, ProbeTarget } from './target.js';
import { toProbeError } from './to-probe-error.js';

export type Era = 'modern' | 'legacy';

/** One try to greet a server in one era. Settles without rejecting: `greeting` or `error` is set then. */
export class Attempt {
  readonly session: Session;
  readonly settled: Promise<void>;
  readonly problems = new Problems();
  greeting: Greeting | undefined;
  error: ProbeError | undefined;
  /** From the first byte out to the server's answer, connecting included. */
  responseTimeMs = 0;

  constructor(
    readonly era: Era,
    target: ProbeTarget,
    options: ProbeOptions,
    limits: ProbeLimits,
    deadline: Deadline,
  ) {
    this.session = new Session({
      url: target.url,
      transportType: target.transportType,
      headers: target.headers,
      era,
      fetch: options.fetch,
      signal: deadline.signal,
      cleanUpMs: deadline.cleanUpMs,
      responseBytes: limits.responseBytes,
    });
    this.settled = this.greet(limits);
  }

  /** Given up, because the other era has answered long ago. */
  giveUp(): void {
    this.session.abort(new ProbeError('timeout', `The ${this.era} handshake took too long.`));
  }

  private async greet(limits: ProbeLimits): Promise<void> {
    const startedMs = performance.now();
    try {
      await this.session.open();
      const shake = this.era === 'modern' ? discover : initialize;
      this.greeting = await shake(this.session, limits, this.problems);
      this.responseTimeMs = Math.round((performance.now() - startedMs) * 100) / 100;
    } catch (error) {
      this.error = toProbeError(error, 'connecting');
    }
  }
}

/** Of two failures, the one that tells more: the first in this order. */
const TELLING: readonly ProbeErrorCode[] = [
  'aborted',
  'egress_denied',
  'unresolvable',
  'unauthorized',
  'redirected',
  'response_too_large',
  'server_error',
  'timeout',
  'connect_failed',
  'connection_lost',
  'protocol_error',
  'unsupported_version',
  'era_changed',
  'not_mcp',
];

export function mostTelling(errors: readonly ProbeError[]): ProbeError {
  const [first] = errors.toSorted((a, b) => rank(a) - rank(b));
  return first ?? new ProbeError('not_mcp', 'The server did not answer.');
}

/** A server without the one era says only that, and nothing of what is wrong with the other. */
function rank(error: ProbeError): number {
  const notMine = error instanceof RpcError && [METHOD_NOT_FOUND, UNSUPPORTED_VERSION].includes(error.rpcCode);
  return notMine ? TELLING.length : TELLING.indexOf(error.code);
}

/** Whether a failed handshake means that the server has not got that era, and not that it was unwell. */
export function isPlainNo(error: ProbeError): boolean {
  return error.code === 'not_mcp' || error.code === 'protocol_error' || error.code === 'unsupported_version';
}
