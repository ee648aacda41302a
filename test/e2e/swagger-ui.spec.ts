import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { chromiumIsThere, launchChromium } from '../support/chromium.js';

describe.skipIf(!chromiumIsThere())('Swagger UI in a browser', () => {
  let app: TestApp;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    [app, browser] = await Promise.all([startTestApp(), launchChromium()]);
    page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${app.url}/docs`);
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  it('shows every tag of the document', async () => {
    const document = (await app.request('GET', '/docs-json')).body as { tags: { name: string }[] };
    await page.waitForSelector('.opblock-tag');
    const shown = await page
      .locator('.opblock-tag')
      .evaluateAll((tags) => tags.map((tag) => tag.getAttribute('data-tag')));
    expect(new Set(shown)).toEqual(new Set(document.tags.map((tag) => tag.name)));
  });

  it('tries out GET /api/v1/servers and gets 200, with no error in the console', async () => {
    const operation = page.locator('#operations-servers-listServers');
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const status = operation.locator('.live-responses-table .response-col_status').last();
    await status.waitFor();
    expect(await status.textContent()).toContain('200');
    expect(complaints).toEqual([]);
  });
});
