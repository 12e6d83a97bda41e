import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Service, vendorBatch } from '../../support/service.ts';
import { launchBrowser } from '../chromium.ts';
import { Visit } from './visit.ts';

const service = new Service();
let browser: Browser;

beforeAll(async () => {
  [browser] = await Promise.all([launchBrowser(), service.start()]);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await service.stop();
});

it('says that the service does not answer while a batch is watched, and goes on by itself when it is back', async () => {
  await service.setBank({ mode: 'latency', latency_ms: [400, 800] });
  await service.post('/batches', vendorBatch(600, 'watched'));
  const visit = await Visit.begin(browser, service);
  const { page } = visit;
  await visit.signIn(service.endpoints.apiKey);
  await visit.open('/batches/watched', 'watched');
  await page.getByText('in progress').first().waitFor();
  await service.kill();
  const notice = page.getByText('The service does not answer; trying again');
  await notice.waitFor();
  expect(await page.getByRole('img', { name: /^Of 600/ }).isVisible()).toBe(true);
  await service.start();
  await notice.waitFor({ state: 'detached' });
  await page.getByText('✓completed').first().waitFor({ timeout: 60_000 });
  await page.getByText('100 % of 600 payouts ended').waitFor();
  await visit.end();
});
