import { AppError } from '../kernel/app-error.js';

export interface OriginRules {
  readonly publicUrl: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  /** Local mode: `localhost`, `127.0.0.1` and `[::1]` on any port. */
  readonly allowLoopback: boolean;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Pairs of Host and Origin that passed are few, and a URL parser costs more than all else of the check. */
const REMEMBERED = 1000;

/** {@link checkOrigin} for one set of rules, which remembers what it let pass. */
export function originCheck(rules: OriginRules): (host: string | undefined, origin: string | undefined) => void {
  const passed = new Set<string>();
  return (host, origin) => {
    const pair = origin === undefined ? host : `${host ?? ''} ${origin}`;
    if (pair !== undefined && passed.has(pair)) return;
    checkOrigin(rules, host, origin);
    if (pair === undefined) return;
    if (passed.size >= REMEMBERED) passed.clear();
    passed.add(pair);
  };
}

/**
 * Refuses requests for a host that is not ours (DNS rebinding) and from pages of another origin.
 * @throws AppError `request.host_refused`, `request.origin_refused` (403).
 */
function checkOrigin(rules: OriginRules, host: string | undefined, origin: string | undefined): void {
  if (!hostAllowed(rules, host)) {
    throw new AppError(
      'forbidden',
      'request.host_refused',
      `The Host header ${quote(host)} is not one of this service's names; use its public URL or add the host to ALLOWED_HOSTS.`,
    );
  }
  if (origin !== undefined && !originAllowed(rules, origin)) {
    throw new AppError(
      'forbidden',
      'request.origin_refused',
      `Pages of origin ${quote(origin)} may not call this service; add the origin to CORS_ORIGINS.`,
    );
  }
}

function hostAllowed(rules: OriginRules, host: string | undefined): boolean {
  if (host === undefined || host === '') return false;
  const name = hostnameOf(`http://${host}`);
  if (name === undefined) return false;
  if (rules.allowLoopback && LOOPBACK.has(name)) return true;
  const lower = host.toLowerCase();
  if (rules.publicUrl !== undefined && new URL(rules.publicUrl).host === lower) return true;
  return rules.allowedHosts.some((allowed) => allowed.toLowerCase() === lower || allowed.toLowerCase() === name);
}

function originAllowed(rules: OriginRules, origin: string): boolean {
  if (rules.corsOrigins.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false;
  if (rules.publicUrl !== undefined && new URL(rules.publicUrl).origin === url.origin) return true;
  return rules.allowLoopback && LOOPBACK.has(url.hostname);
}

function hostnameOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  // Anything but a host and a port in a Host header is an attempt at something else.
  if (parsed.username !== '' || parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '') return undefined;
  return parsed.hostname;
}

function quote(text: string | undefined): string {
  return JSON.stringify((text ?? '').slice(0, 200));
}
