import type { Config } from './config.js';

const SECRET_KEYS = new Set(['secretsKeys', 'metricsToken', 'bootstrapAdminKey']);
const MASK = '********';

/** The configuration as it may be shown: keys and passwords masked, URLs kept readable. */
export function masked(config: Config): unknown {
  return maskMember('', config);
}

function maskMember(key: string, value: unknown): unknown {
  if (SECRET_KEYS.has(key))
    return value === undefined ? undefined : Array.isArray(value) ? value.map(() => MASK) : MASK;
  if (typeof value === 'string') return maskUrl(value);
  if (Array.isArray(value)) return value.map((item) => maskMember(key, item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, maskMember(name, member)]));
  }
  return value;
}

/** Passwords stand in a URL's userinfo, and libpq and Redis read them from the query too. */
function maskUrl(text: string): string {
  if (!text.includes('://') || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.password === '' && url.search === '') return text;
  if (url.password !== '') url.password = MASK;
  for (const name of url.searchParams.keys()) {
    if (/pass|secret|token|key/i.test(name)) url.searchParams.set(name, MASK);
  }
  return url.href;
}
