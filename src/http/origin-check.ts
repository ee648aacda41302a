import { AppError } from '../kernel/app-error.js';

export interface OriginRules {
  readonly publicUrl: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  /** Local mode: `localhost`, `127.0.0.1` and `[::1]` on any port. */
  readonly allowLoopback: boolean;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Refuses requests for a host that is not ours (DNS rebinding) and from pages of another origin.
 * @throws AppError `request.host_refused`, `request.origin_refused` (403).
 */
export function checkOrigin(rules: OriginRules, host: string | undefined, origin: string | undefined): void {
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
