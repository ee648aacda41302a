import { AppError } from '../../../kernel/app-error.js';
import { ProbeError } from '../probe/probe-error.js';
import type { ProbeTarget } from '../probe/target.js';
import type { UpstreamCredentials } from './upstream-credentials.js';

/**
 * A probe target's `headers`, or nothing.
 * @throws ProbeError `unauthorized` for credentials that cannot be read: it becomes the server's
 *   `lastError`; and what the database throws.
 */
export async function headersForProbe(
  credentials: UpstreamCredentials,
  server: { readonly id: string; readonly url: string },
): Promise<Pick<ProbeTarget, 'headers'>> {
  try {
    const headers = await credentials.headersFor(server);
    return headers ? { headers } : {};
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new ProbeError('unauthorized', error.message, { cause: error });
  }
}
