import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sharedService } from '../../e2e/shared-service.ts';
import { vendorBatch } from '../../support/service.ts';
import { launchBrowser } from '../chromium.ts';
import { Visit } from './visit.ts';

const service = sharedService();
const SIZE = 1_200;
let browser: Browser;
let visit: Visit;

beforeAll(async () => {
  browser = await launchBrowser();
  visit = await Visit.begin(browser, service);
}, 180_000);
afterAll(async () => {
  await visit?.end();
  await browser?.close();
});

it('signs in with a key, and shows the screen that was asked for', async () => {
  const { page } = visit;
  await visit.open('/unknown', 'Sluice');
  await visit.inspect('login');
  await page.getByRole('textbox', { name: 'API key' }).fill('sk_test_wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'request id' }).waitFor();
  await page.getByRole('textbox', { name: 'API key' }).fill(service.endpoints.apiKey);
  await page.keyboard.press('Enter');
  await visit.heading('Unknown');
  expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])')).not.toContain(
    'sk_test',
  );
});

it('shows a batch while it is paid: the parts of its bar sum to the total at every read', async () => {
  const { page } = visit;
  await service.setBank({ mode: 'random', seed: 7 });
  await service.post('/batches', { ...vendorBatch(SIZE, 'watched'), auto_start: false });
  await visit.open('/batches', 'Batches');
  await page.getByRole('link', { name: 'watched' }).press('Enter');
  await visit.heading('watched');
  await page.getByRole('button', { name: 'Start', exact: true }).press('Enter');
  await page.getByRole('dialog').getByText('npx sluice batches start watched').waitFor();
  await page.keyboard.press('Enter');
  const bar = `[...document.querySelectorAll('[role=img][aria-label^="Of"] > span')]`;
  await expect
    .poll(
      async () => {
        const parts = await page.evaluate<[number, number][]>(
          `${bar}.map(({ dataset, style }) => [Number(dataset.count), Number.parseFloat(style.width)])`,
        );
        expect(parts.reduce((sum, [count]) => sum + count, 0)).toBe(SIZE);
        expect(parts.reduce((sum, [, width]) => sum + width, 0)).toBeCloseTo(100);
        return page.getByRole('heading', { level: 1 }).locator('xpath=..').innerText();
      },
      { timeout: 40_000, interval: 50 },
    )
    .toContain('partially completed');
  await visit.inspect('batch');
});
