import {
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
  type OAuthClientProvider,
  selectResourceURL,
} from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { CLIENT_ID, TENANT_ID } from '../support/identity-provider/identity-provider.js';

/** Nothing that the walk asks of it. */
const provider = {} as OAuthClientProvider;

describe('an MCP client that is not signed in', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({
      environment: {
        AZURE_TENANT_ID: TENANT_ID,
        AZURE_CLIENT_ID: CLIENT_ID,
        SECRETS_KEY: 'k'.repeat(32),
        ALLOWED_HOSTS: '127.0.0.1',
      },
    });
  });
  afterAll(() => app.close());

  it.each(['/mcp', '/mcp/servers/some'])('finds from %s where to sign in, and for what', async (path) => {
    const url = app.url + path;
    const refused = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    expect(refused.status).toBe(401);
    const { resourceMetadataUrl } = extractWWWAuthenticateParams(refused);
    const metadata = await discoverOAuthProtectedResourceMetadata(url, { resourceMetadataUrl });
    expect(metadata).toMatchObject({
      resource: `${app.url}/mcp`,
      authorization_servers: [`https://login.microsoftonline.com/${TENANT_ID}/v2.0`],
      bearer_methods_supported: ['header'],
    });
    expect(String(await selectResourceURL(url, provider, metadata))).toBe(`${app.url}/mcp`);
  });

  it('finds it without a challenge too', async () => {
    const metadata = await discoverOAuthProtectedResourceMetadata(`${app.url}/mcp`);
    expect(metadata.resource).toBe(`${app.url}/mcp`);
  });

  it('may ask from any page', async () => {
    const answer = await app.request('GET', '/.well-known/oauth-protected-resource', undefined, {
      origin: 'https://page.example.org',
    });
    expect(answer.status).toBe(200);
  });
});
