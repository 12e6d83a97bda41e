import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../../scripts/chromium.ts';
import { sharedService } from '../e2e/shared-service.ts';

const service = sharedService();
let browser: Browser;
/** What the page must not do. */
const violations: string[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
}, 180_000);
afterAll(async () => {
  await browser?.close();
});

async function openDocs(): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 1_600 } });
  page.on('console', (message) => {
    if (message.type() === 'error') violations.push(message.text());
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== service.endpoints.api && protocol !== 'data:') violations.push(`a request to ${request.url()}`);
  });
  // Chromium logs violations of the content security policy as errors, but not those of reports that were too many.
  await page.addInitScript(
    "document.addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.blockedURI))",
  );
  await page.goto(`${service.endpoints.api}/docs`);
  await page.locator('.opblock').first().waitFor();
  return page;
}

it('the docs page shows every operation and event, without requests to other hosts', async () => {
  const { body: document } = await service.get('/openapi.json');
  const operations = Object.values<object>(document.paths).flatMap((methods) => Object.keys(methods));
  const events = Object.keys(document.webhooks);
  const page = await openDocs();
  await expect.poll(() => page.locator('.opblock').count()).toBe(operations.length + events.length);
  expect(await page.locator('.info .title').innerText()).toContain('Sluice');
  expect(violations).toEqual([]);
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/docs.png` });
});

it('sends a request with a key, and shows the answer', async () => {
  const page = await openDocs();
  await page.getByRole('button', { name: 'Authorize' }).first().click();
  await page.locator('.auth-container input').fill(service.endpoints.apiKey);
  await page.locator('.auth-btn-wrapper .authorize').click();
  await page.locator('.btn-done').click();

  const operation = page.locator('#operations-payouts-listBatches');
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answer = operation.locator('.live-responses-table .response').first();
  await answer.waitFor();
  expect(await answer.locator('.response-col_status').innerText()).toContain('200');
  expect(await answer.locator('.response-col_description').innerText()).toContain('"next_cursor": null');
  expect(violations).toEqual([]);
});
