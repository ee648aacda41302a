import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../kernel/app-error.js';
import { LOCAL_ADMINISTRATOR, type Principal } from '../../kernel/principal.js';

/**
 * Local mode: whoever reaches the loopback listener is the administrator. A request that came through
 * a proxy did not come from this machine, whatever its last hop says.
 * @throws AppError `auth.proxied` (403).
 */
export function authenticateLocally(headers: IncomingHttpHeaders): Principal {
  const proxied = Object.keys(headers).find((name) => name === 'forwarded' || name.startsWith('x-forwarded-'));
  if (proxied !== undefined) {
    throw new AppError(
      'forbidden',
      'auth.proxied',
      `AUTH_MODE=local does not answer requests that came through a proxy (header ${proxied}).`,
    );
  }
  return LOCAL_ADMINISTRATOR;
}
