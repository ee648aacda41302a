import { type Config, ConfigError } from './config/config.js';
import { EgressPolicy } from './egress/address-policy.js';
import { messageOf } from './kernel/app-error.js';

/** Default ports of what the URLs name. */
const PORTS: Readonly<Record<string, number>> = {
  'postgres:': 5432,
  'postgresql:': 5432,
  'redis:': 6379,
  'rediss:': 6379,
};

/**
 * Where the service may connect to. What it stands on itself is out of bounds for upstreams.
 * @throws ConfigError for an entry of EGRESS_ALLOW or EGRESS_DENY that cannot be read.
 */
export function egressPolicy(config: Config): EgressPolicy {
  const { url, ownerUrl, readUrls } = config.database;
  const own = [url, ownerUrl, ...readUrls, config.redisUrl].filter((given) => given !== undefined).map(endpointOf);
  try {
    return new EgressPolicy({ ...config.egress, allowPrivate: config.auth.mode === 'local', own });
  } catch (error) {
    throw new ConfigError([messageOf(error)]);
  }
}

/** Host and port of a connection URL. */
export function endpointOf(text: string): { host: string; port: number } {
  const url = new URL(text);
  return { host: url.hostname || 'localhost', port: url.port === '' ? (PORTS[url.protocol] ?? 0) : Number(url.port) };
}
