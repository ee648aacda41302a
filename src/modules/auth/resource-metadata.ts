import type { AuthOptions } from './auth-options.js';

export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** RFC 9728, section 2. */
export interface ProtectedResource {
  readonly resource: string;
  readonly authorization_servers?: readonly string[];
  readonly bearer_methods_supported: readonly string[];
  readonly scopes_supported?: readonly string[];
  readonly resource_name: string;
}

/** Where a resource's metadata is: the well-known path goes between host and path (RFC 9728, section 3.1). */
export function metadataUrl(publicUrl: string, path: '' | '/mcp'): string {
  const { origin, pathname } = new URL(publicUrl);
  const base = pathname.replace(/\/+$/, '');
  return `${origin}${METADATA_PATH}${base}${path}`;
}

/**
 * The resource is `PUBLIC_URL/mcp` whatever endpoint was asked about: Entra issues tokens for one App ID URI, and every
 * endpoint lies below it. Without Entra there is no authorization server to name: keys are handed out by people.
 */
export function protectedResource({ entra }: AuthOptions, publicUrl: string): ProtectedResource {
  const resource = `${publicUrl}/mcp`;
  return {
    resource,
    ...(entra && {
      authorization_servers: [`${entra.authority}/${entra.tenantId}/v2.0`],
      scopes_supported: [`${resource}/.default`],
    }),
    bearer_methods_supported: ['header'],
    resource_name: 'MCP Registry Gateway',
  };
}
