import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet, { type HelmetOptions } from 'helmet';

export interface SecurityHeaders {
  /** For documents and REST answers: all that helmet sets. */
  readonly all: Readonly<Record<string, string>>;
  /** For Swagger UI: {@link all}, but for what signing in there needs. */
  readonly docs: Readonly<Record<string, string>>;
  /** For MCP, whose answers no browser renders: no content sniffing, and HTTPS where it is spoken. */
  readonly mcp: Readonly<Record<string, string>>;
}

const ON_MCP = ['x-content-type-options', 'strict-transport-security'];

/**
 * helmet's headers. None of their values depends on a request, so they are made once: as a hook it
 * made them anew for each, which was a twentieth of the gateway's work for a call.
 * @param plainHttp the service is reached without TLS: no HSTS, and no `upgrade-insecure-requests`, which would
 *   blank Swagger UI for everybody off loopback.
 * @param signInOrigin where people sign in from Swagger UI: it fetches tokens there, and the window that it opens
 *   for it has to find back to it, which a policy for openers cuts off.
 */
export function securityHeaders(plainHttp: boolean, signInOrigin?: string): SecurityHeaders {
  const all = headersOf(plainHttp, {});
  return {
    all,
    docs:
      signInOrigin === undefined
        ? all
        : headersOf(plainHttp, {
            connectSrc: ["'self'", signInOrigin],
            openers: { policy: 'unsafe-none' },
          }),
    mcp: Object.fromEntries(Object.entries(all).filter(([name]) => ON_MCP.includes(name))),
  };
}

interface Exceptions {
  readonly connectSrc?: string[];
  readonly openers?: { readonly policy: 'unsafe-none' };
}

function headersOf(plainHttp: boolean, { connectSrc, openers }: Exceptions): Record<string, string> {
  const options: HelmetOptions = {
    contentSecurityPolicy: {
      directives: { ...(plainHttp ? { upgradeInsecureRequests: null } : {}), ...(connectSrc ? { connectSrc } : {}) },
    },
    strictTransportSecurity: !plainHttp,
    ...(openers ? { crossOriginOpenerPolicy: openers } : {}),
  };
  const headers = new Map<string, string>();
  const response = {
    setHeader: (name: string, value: unknown) => headers.set(name.toLowerCase(), String(value)),
    removeHeader: () => undefined,
  };
  helmet(options)({} as IncomingMessage, response as unknown as ServerResponse, (error?: unknown) => {
    if (error instanceof Error) throw error;
  });
  return Object.fromEntries(headers);
}
