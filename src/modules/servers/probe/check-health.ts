import type { Eras } from '../../../kernel/words.js';
import { Attempt } from './attempt.js';
import { Deadline } from './deadline.js';
import { DEFAULT_PROBE_LIMITS } from './limits.js';
import { HttpStatusError, ProbeError, RpcError } from './probe-error.js';
import { METHOD_NOT_FOUND } from './protocol.js';
import type { Session } from './session.js';
import type { ProbeOptions, ProbeTarget } from './target.js';
import { toProbeError } from './to-probe-error.js';

export interface HealthCheckResult {
  readonly responseTimeMs: number;
  /** Whether the server said during the check that one of its lists changed. */
  readonly listChanged: boolean;
  /** Of what the server says of itself: different from the last one means that a full probe is due. */
  readonly fingerprint: string;
}

/**
 * Whether a server answers: `server/discover` where it speaks modern, else `initialize` and `ping`
 * on a session that is ended again.
 * @param target with the eras that the last probe found
 * @throws ProbeError, within the deadline; `era_changed` when the server answers, but does not speak
 *   that era (any more): probe it
 */
export async function checkHealth(
  target: ProbeTarget & { readonly eras: Eras },
  options: ProbeOptions,
): Promise<HealthCheckResult> {
  const limits = { ...DEFAULT_PROBE_LIMITS, ...options.limits };
  const deadline = new Deadline(options.deadlineMs, options.signal);
  const era = target.eras.modern !== undefined && target.transportType !== 'sse' ? 'modern' : 'legacy';
  let attempt: Attempt | undefined;
  try {
    attempt = new Attempt(era, target, options, limits, deadline);
    await attempt.settled;
    const { greeting, error, responseTimeMs, session } = attempt;
    if (greeting === undefined) throw error ?? new ProbeError('not_mcp', 'The server did not answer.');
    if (era === 'legacy') await ping(session);
    return { responseTimeMs, listChanged: session.listChanged, fingerprint: greeting.fingerprint };
  } catch (error) {
    const failure = toProbeError(error, 'The health check');
    if (attempt?.greeting !== undefined || !saysAnotherEra(failure)) throw failure;
    throw new ProbeError('era_changed', failure.message, { cause: failure });
  } finally {
    await attempt?.session.close();
    deadline.clear();
  }
}

async function ping(session: Session): Promise<void> {
  try {
    await session.request('ping');
  } catch (error) {
    // Whoever says that it has no such method is alive.
    if (!(error instanceof RpcError) || error.rpcCode !== METHOD_NOT_FOUND) throw error;
  }
}

const INTERNAL_ERROR = -32603;

function saysAnotherEra(error: ProbeError): boolean {
  if (error instanceof RpcError) return error.rpcCode !== INTERNAL_ERROR;
  return error instanceof HttpStatusError || error.code === 'unsupported_version';
}
