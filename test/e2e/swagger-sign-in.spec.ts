import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumIsThere, launchChromium } from '../support/chromium.js';
import { type KeysApp, startKeysApp } from '../support/keys.js';
import { freePort } from '../support/ports.js';

const AUTHORITY = 'https://login.example.test';
const TENANT = '11111111-2222-3333-4444-555555555555';
const CLIENT = '66666666-7777-8888-9999-000000000000';

let browser: Browser;
const open = chromiumIsThere();
beforeAll(async () => {
  if (open) browser = await launchChromium();
});
afterAll(async () => {
  if (open) await browser.close();
});

/** The status of `GET /api/v1/servers` as Swagger UI shows it. */
async function tried(page: Page): Promise<string> {
  const operation: Locator = page.locator('#operations-servers-listServers');
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const status = operation.locator('.live-responses-table .response-col_status').last();
  await status.waitFor();
  return (await status.textContent()) ?? '';
}

async function reloaded(page: Page, url: string): Promise<string> {
  await page.goto(`${url}/docs`);
  return tried(page);
}

describe.skipIf(!open)('Authorize in Swagger UI', () => {
  let app: KeysApp;
  beforeAll(async () => {
    app = await startKeysApp();
  });
  afterAll(() => app.close());

  it('takes an API key, and keeps it over a reload', async () => {
    const page = await browser.newPage();
    expect(await reloaded(page, app.url)).toContain('401');
    const { key } = await app.issue(['readonly']);
    await page.locator('.auth-wrapper .authorize').click();
    await page.locator('#api_key_value').fill(key);
    const form = page.locator('.auth-container', { hasText: 'X-API-Key' });
    await form.getByRole('button', { name: 'Apply credentials' }).click();
    await page.getByRole('button', { name: 'Close' }).last().click();
    expect(await reloaded(page, app.url)).toContain('200');
    expect(await reloaded(page, app.url)).toContain('200');
    await page.close();
  }, 90_000);
});

describe.skipIf(!open)('Sign in with Entra ID from Swagger UI', () => {
  let app: KeysApp;
  beforeAll(async () => {
    const port = await freePort();
    app = await startKeysApp({
      environment: {
        AUTH_MODE: 'entra',
        PORT: String(port),
        PUBLIC_URL: `http://127.0.0.1:${String(port)}`,
        AZURE_TENANT_ID: TENANT,
        AZURE_CLIENT_ID: CLIENT,
        AZURE_AUTHORITY: AUTHORITY,
        AZURE_SWAGGER_CLIENT_ID: 'the-page',
      },
    });
  });
  afterAll(() => app.close());

  it('documents the grant for what needs a caller, and for nothing else', async () => {
    const { body } = await app.request('GET', '/docs-json');
    expect(body.components.securitySchemes.entra).toMatchObject({
      type: 'oauth2',
      flows: { authorizationCode: { authorizationUrl: `${AUTHORITY}/${TENANT}/oauth2/v2.0/authorize` } },
    });
    const scope = `${app.url}/mcp/.default`;
    expect(body.paths['/api/v1/servers'].get.security).toContainEqual({ entra: [scope] });
    expect(body.paths['/health'].get.security).toEqual([]);
  });

  it('brings the window back with a code, exchanges it with PKCE and uses what it got', async () => {
    const { key } = await app.issue(['readonly'], { tenantId: TENANT });
    const context = await browser.newContext();
    const asked: URLSearchParams[] = [];
    // The directory: its page sends back at once, and its token is a key that the service knows.
    await context.route(`${AUTHORITY}/**`, async (route) => {
      const request = route.request();
      const url = new URL(request.url());
      if (url.pathname.endsWith('/authorize')) {
        asked.push(url.searchParams);
        const back = `${String(url.searchParams.get('redirect_uri'))}?code=a-code&state=${encodeURIComponent(String(url.searchParams.get('state')))}`;
        await route.fulfill({
          contentType: 'text/html',
          body: `<script>location.replace(${JSON.stringify(back)})</script>`,
        });
        return;
      }
      if (request.method() === 'POST') asked.push(new URLSearchParams(request.postData() ?? ''));
      await route.fulfill({
        contentType: 'application/json',
        headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' },
        body: JSON.stringify({ access_token: key, token_type: 'Bearer', expires_in: 3600 }),
      });
    });
    const page = await context.newPage();
    await page.goto(`${app.url}/docs`);
    await page.locator('.auth-wrapper .authorize').click();
    const form = page.locator('.auth-container', { hasText: 'authorizationCode' });
    await form.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
    await form.getByRole('button', { name: 'Remove authorization' }).waitFor();
    const [authorize, token] = asked;
    expect(authorize?.get('client_id')).toBe('the-page');
    expect(authorize?.get('code_challenge_method')).toBe('S256');
    expect(token?.get('code')).toBe('a-code');
    expect(token?.get('code_verifier')).toMatch(/^[\w~.-]{43,128}$/);
    await page.getByRole('button', { name: 'Close' }).last().click();
    expect(await tried(page)).toContain('200');
    await context.close();
  }, 90_000);
});
