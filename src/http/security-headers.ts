import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet, { type HelmetOptions } from 'helmet';

export interface SecurityHeaders {
  /** For documents and REST answers: all that helmet sets. */
  readonly all: Readonly<Record<string, string>>;
  /** For MCP, whose answers no browser renders: no content sniffing, and HTTPS where it is spoken. */
  readonly mcp: Readonly<Record<string, string>>;
}

const ON_MCP = ['x-content-type-options', 'strict-transport-security'];

/**
 * helmet's headers. None of their values depends on a request, so they are made once: as a hook it
 * made them anew for each, which was a twentieth of the gateway's work for a call.
 * @param plainHttp the service is reached without TLS: no HSTS, and no `upgrade-insecure-requests`, which would
 *   blank Swagger UI for everybody off loopback.
 */
export function securityHeaders(plainHttp: boolean): SecurityHeaders {
  const options: HelmetOptions = {
    contentSecurityPolicy: plainHttp ? { directives: { upgradeInsecureRequests: null } } : {},
    strictTransportSecurity: !plainHttp,
  };
  const headers = new Map<string, string>();
  const response = {
    setHeader: (name: string, value: unknown) => headers.set(name.toLowerCase(), String(value)),
    removeHeader: () => undefined,
  };
  helmet(options)({} as IncomingMessage, response as unknown as ServerResponse, (error?: unknown) => {
    if (error instanceof Error) throw error;
  });
  return {
    all: Object.fromEntries(headers),
    mcp: Object.fromEntries([...headers].filter(([name]) => ON_MCP.includes(name))),
  };
}
