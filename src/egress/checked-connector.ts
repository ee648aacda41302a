import { isIP, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { AppError, messageOf } from '../kernel/app-error.js';
import { checkedAddresses, type Gate } from './checked-addresses.js';
import { withDeadline } from './deadline.js';
import { UnresolvableError } from './egress-errors.js';
import { portOf } from './endpoint-url.js';

export interface ConnectorOptions extends Gate {
  /** For all of a connection: look-up, TCP, TLS, every address. */
  readonly connectTimeoutMs: number;
  /** PEM certificates to trust in place of the system's. */
  readonly ca?: string;
}

/**
 * An undici connector that resolves, checks and connects to what it checked, at every connection: between
 * a check and a look-up of its own, a name could change its address. Literals pass here too, for which
 * undici would not call a `lookup`. Fails with an AppError: what `checkedAddresses` throws,
 * `egress.timeout` or `egress.unreachable`.
 */
export function checkedConnector(options: ConnectorOptions): buildConnector.connector {
  const { connectTimeoutMs, ca } = options;
  const connectOnce = buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    ...(ca === undefined ? {} : { ca }),
  });
  return (target, callback) => {
    connect(options, connectOnce, target).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}

async function connect(
  options: ConnectorOptions,
  connectOnce: buildConnector.connector,
  target: buildConnector.Options,
): Promise<Socket> {
  const { hostname } = target;
  const port = portOf(target);
  const deadline = performance.now() + options.connectTimeoutMs;
  const addresses = await withDeadline(
    checkedAddresses(options, hostname, port),
    options.connectTimeoutMs,
    () => new UnresolvableError(hostname, `no answer within ${options.connectTimeoutMs} ms`),
  );
  // TLS asks for and verifies the name, not the address. A name ends without a dot there (RFC 6066, section 3).
  const servername = target.servername ?? (isIP(hostname) === 0 ? hostname.replace(/\.$/, '') : undefined);
  const failures: { readonly address: string; readonly error: unknown }[] = [];
  for (const [index, address] of addresses.entries()) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) break;
    try {
      // An equal share for each, so that a first address which swallows packets leaves time for the next.
      return await attempt(
        connectOnce,
        { ...target, hostname: address, servername },
        leftMs / (addresses.length - index),
      );
    } catch (error) {
      failures.push({ address, error });
    }
  }
  throw connectError(`${hostname}:${port}`, options.connectTimeoutMs, failures);
}

class AttemptTimeout extends Error {
  constructor() {
    super('no answer in time');
  }
}

function attempt(
  connectOnce: buildConnector.connector,
  target: buildConnector.Options,
  budgetMs: number,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new AttemptTimeout());
    }, budgetMs);
    connectOnce(target, (error, socket) => {
      clearTimeout(timer);
      if (late) socket?.destroy();
      else if (error) reject(error);
      else if (socket) resolve(socket);
    });
  });
}

function connectError(
  host: string,
  timeoutMs: number,
  failures: readonly { readonly address: string; readonly error: unknown }[],
): AppError {
  const what = failures.map(({ address, error }) => `${address}: ${messageOf(error)}`).join('; ');
  const cause = failures[0]?.error;
  return failures.every(({ error }) => error instanceof AttemptTimeout)
    ? new AppError('upstream_timeout', 'egress.timeout', `no connection to ${host} within ${timeoutMs} ms`, { cause })
    : new AppError('upstream_failed', 'egress.unreachable', `no connection to ${host} (${what})`, { cause });
}
