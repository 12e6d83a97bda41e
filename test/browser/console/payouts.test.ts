import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../../../scripts/chromium.ts';
import { Service, vendorBatch } from '../../support/service.ts';
import { Visit } from './visit.ts';

/** Its own: these tests change the bank's mode, and kill it. */
const service = new Service();
const SIZE = 600;
let browser: Browser;
let visit: Visit;
let page: Page;

beforeAll(async () => {
  [browser] = await Promise.all([launchBrowser(), service.start()]);
  visit = await Visit.begin(browser, service);
  ({ page } = visit);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await service.stop();
});

it('signs in with a key that stays nowhere in the browser, and shows the screen that was asked for', async () => {
  const sizes: Promise<number>[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/console/')) sizes.push(response.body().then((body) => gzipSync(body).length));
  });
  await visit.open('/unknown', 'Sluice');
  await visit.inspect('login');
  await visit.enterKey('sk_test_wrong');
  await page.getByRole('alert').getByText('request id').waitFor();
  await visit.enterKey(service.endpoints.apiKey);
  await visit.heading('Unknown');
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(bytes, 'bytes of the first screen, compressed').toBeLessThan(350_000);
  page.removeAllListeners('response');
  expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])')).not.toContain('sk_');
});

/** So that it is found by it. */
const withOwnId = (payout: object, index: number) => ({ ...payout, external_id: `own-${index}` });

const region = (name: string) => page.getByRole('region', { name, exact: true });

/** The counts and the widths of the bar's parts. */
const readBar = () =>
  page.evaluate<[number, number][]>(
    `[...document.querySelectorAll('.bar:not(.small) > span')]
       .map(({ dataset, style }) => [Number(dataset.count), Number.parseFloat(style.width)])`,
  );

it('starts a batch and watches it to its end: the parts of its bar always sum to the total', async () => {
  await service.setBank({ mode: 'random', seed: 7 });
  const { payouts } = vendorBatch(SIZE);
  const body = { batch_id: 'vendors', auto_start: false, payouts: payouts.map(withOwnId) };
  await service.post('/batches', body);
  await visit.open('/batches', 'Batches');
  await visit.press(page.getByRole('link', { name: 'vendors' }));
  await visit.heading('vendors');
  await visit.press(page.getByRole('button', { name: 'Start', exact: true }));
  await visit.confirm('npx sluice batches start vendors');
  const end = page.getByText('partially completed').first();
  for (const deadline = Date.now() + 40_000; !(await end.isVisible()); ) {
    const parts = await readBar();
    expect(parts.reduce((sum, [count]) => sum + count, 0)).toBe(SIZE);
    expect(parts.reduce((sum, [, width]) => sum + width, 0)).toBeCloseTo(100, 1);
    expect(Date.now()).toBeLessThan(deadline);
  }
  await page
    .getByRole('link', { name: /^\d+ payouts with/ })
    .first()
    .waitFor();
  // What is read again at the end of a batch.
  await page.getByText('reading again').first().waitFor({ state: 'detached' });
  await region('Why').getByText('every payout has ended').waitFor();
  const reasons = region('Failures').getByRole('link', { name: /^\d+ payouts with/ });
  const counts = (await reasons.allInnerTexts()).map(Number);
  const failed = (await service.client.batches.get('vendors')).counts.failed;
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(failed);
  await visit.inspect('batch');
  await visit.open('/batches', 'Batches');
  await page.getByRole('img', { name: `Of ${SIZE}` }).waitFor();
  await visit.inspect('batches');
});

it('leads from a reason of failure to its payouts, and to what happened to one', async () => {
  const { failures_by_code: reasons } = await service.client.batches.report('vendors');
  const { code, count } = reasons[0] ?? expect.unreachable();
  await visit.open('/batches/vendors', 'vendors');
  await visit.press(page.getByRole('link', { name: `${count} payouts with ${code}` }));
  const list = page.getByRole('region', { name: 'List of payouts' });
  await page.getByRole('heading', { name: `Payouts that failed with ${code}` }).waitFor();
  expect(Number(await list.getByRole('table').getAttribute('aria-rowcount')) - 1).toBe(count);
  expect(page.url()).toContain(`code=${code}`);
  await visit.press(list.getByRole('link').first());
  await page.getByRole('heading', { name: 'Why' }).waitFor();
  await page.getByRole('list', { name: 'What happened' }).getByText(`refused it with ${code}`).last().waitFor();
  await visit.inspect('payout');
});

it('pays the failures again whose reason can pass', async () => {
  await service.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
  await service.post('/batches', vendorBatch(20, 'refused'));
  await visit.open('/batches/refused', 'refused');
  await page.getByRole('button', { name: 'Retry these 20' }).waitFor({ timeout: 30_000 });
  await service.setBank({ mode: 'happy' });
  await visit.press(page.getByRole('button', { name: 'Retry these 20' }));
  await visit.confirm('npx sluice batches retry refused --code INSUFFICIENT_FUNDS');
  await page.getByText('100 % of 20 payouts ended').waitFor();
  await page.getByRole('link', { name: /completed 20/ }).waitFor();
});

it('selects a chunk with the arrow keys, and shows its payouts', async () => {
  await visit.open('/batches/vendors', 'vendors');
  const map = page.getByRole('listbox', { name: /^Chunks/ });
  await map.focus();
  for (const key of ['ArrowRight', 'End', 'ArrowLeft']) await page.keyboard.press(key);
  const { body } = await service.get('/batches/vendors/chunks');
  const { chunk, total_count: size } = body.chunks.at(-2);
  await page.getByRole('heading', { name: `Payouts of chunk ${chunk}` }).waitFor();
  const table = page.getByRole('region', { name: 'List of payouts' }).getByRole('table');
  await expect.poll(async () => Number(await table.getAttribute('aria-rowcount')) - 1).toBe(size);
});

it('finds a payout by any of its ids with Ctrl-K', async () => {
  await visit.open('/batches', 'Batches');
  await visit.search();
  await page.keyboard.type('own-4');
  await page.getByRole('option', { name: 'own-4' }).waitFor();
  await page.keyboard.press('Enter');
  await visit.heading('vendors.0001.000005');
  await visit.search();
  await page.keyboard.type('vendors');
  await page.getByRole('option', { name: 'Batch' }).waitFor();
  await visit.inspect('search');
  await page.keyboard.press('Enter');
  await visit.heading('vendors');
});

it('shows payouts whose outcome is not known, and why', async () => {
  await service.setBank({ mode: 'timeout-after-effect', lookups: 'down' });
  await service.post('/batches', vendorBatch(20, 'unanswered'));
  await visit.open('/batches/unanswered', 'unanswered');
  await page.getByRole('link', { name: /unknown 20/ }).waitFor({ timeout: 30_000 });
  await visit.open('/now', 'Now');
  await page.getByRole('link', { name: 'unanswered', exact: true }).waitFor();
  await visit.press(page.getByRole('region', { name: 'Needs attention' }).getByRole('link', { name: '20' }));
  await visit.heading('Unknown');
  await page.getByRole('link', { name: 'unanswered.0001.000001' }).waitFor();
  await visit.inspect('unknown');
  await visit.press(page.getByRole('link', { name: 'unanswered.0001.000001' }));
  await page.getByText(/no known outcome/).waitFor();
  expect(await page.getByRole('button', { name: /paid|failed/i }).count()).toBe(0);
  await service.setBank({ mode: 'happy', lookups: 'ok' });
});

it('does not offer what the key may not do', async () => {
  const key = await service.client.keys.create({ name: 'reader', person: 'ana@example.com', scopes: ['payouts:read'] });
  const reader = await Visit.begin(browser, service);
  await reader.signIn(key.secret ?? expect.unreachable());
  await reader.open('/batches/vendors', 'vendors');
  await reader.page.getByRole('button', { name: 'Report' }).waitFor();
  expect(await reader.page.getByRole('button', { name: /Start|Stop|Retry|Cancel/ }).count()).toBe(0);
  await reader.open('/now', 'Now');
  await reader.page.getByRole('region', { name: 'The last hour' }).waitFor();
  expect(await reader.page.getByRole('region', { name: 'Circuits to the rails' }).count()).toBe(0);
  await reader.end();
});

it('says that the service was killed while a batch is watched, and goes on by itself when it is back', async () => {
  await service.setBank({ mode: 'latency', latency_ms: [300, 600] });
  await service.post('/batches', vendorBatch(SIZE, 'watched'));
  await visit.open('/batches/watched', 'watched');
  await page.getByText('in progress').first().waitFor();
  await service.kill();
  const notice = page.getByText('The service does not answer; trying again');
  await notice.waitFor();
  expect(await page.getByRole('img', { name: `Of ${SIZE}` }).isVisible()).toBe(true);
  await service.start();
  await notice.waitFor({ state: 'detached' });
  await page.getByText(`100 % of ${SIZE} payouts ended`).waitFor({ timeout: 60_000 });
  await visit.end();
});
