import type { Egress } from '../../../egress/egress.js';
import type { ReadDocument } from './entra-keys.js';

const WITHIN_MS = 5000;
const BYTES_AT_MOST = 1024 * 1024;

/** Over the checked way out, with a deadline for everything. Rejects for all but a JSON answer with status 200. */
export function documentReader(egress: Egress): ReadDocument {
  const fetchChecked = egress.createFetch({ maxResponseBytes: BYTES_AT_MOST });
  return async (url) => {
    const response = await fetchChecked(url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`${new URL(url).host} answered ${String(response.status)}`);
    }
    return response.json();
  };
}
