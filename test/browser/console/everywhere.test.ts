import type { Response } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { sharedService } from '../../e2e/shared-service.ts';
import { vendorBatch } from '../../support/service.ts';
import { signedIn, Visit } from './visit.ts';

/*
 * What holds on every screen, shown on the screen of a batch.
 */

const service = sharedService();
const opened = signedIn(service);
const ID = 'everywhere';
const SIZE = 20;

beforeAll(async () => {
  await service.post('/batches', vendorBatch(SIZE, ID));
  await service.finished(ID);
}, 60_000);

it('is copied as a command and as curl, which give what the screen shows', async () => {
  const { visit, page } = opened;
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await visit.open(`/batches/${ID}`, ID);
  const copied = async (as: string) => {
    await visit.press(page.getByRole('button', { name: 'Copy as' }));
    await page.getByRole('menuitem', { name: as }).click();
    await page.getByText('Copied: ').waitFor();
    return page.evaluate('navigator.clipboard.readText()');
  };
  expect(await copied('sluice command')).toBe(`npx sluice batches watch ${ID}`);
  expect(await copied('curl')).toBe(`curl ${service.endpoints.api}/batches/${ID} -H "X-API-Key: $SLUICE_API_KEY"`);
});

it('shows times in the zone of the user, and in UTC on hover', async () => {
  const tokyo = await Visit.begin(opened.browser, service, { timezoneId: 'Asia/Tokyo', locale: 'en-GB' });
  await tokyo.signIn(service.endpoints.apiKey);
  await tokyo.open(`/batches/${ID}`, ID);
  const { created_at: at } = await service.client.batches.get(ID);
  const created = tokyo.page.getByRole('region', { name: 'Times' }).locator(`time[datetime="${at}"]`).first();
  const local = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'Asia/Tokyo' }).format(new Date(at));
  expect(await created.innerText()).toContain(local);
  expect(await created.getAttribute('title')).toBe(at.replace('T', ' ').replace('Z', ' UTC'));
  await tokyo.end();
});

it('has filters and pages in its address, which another tab opens', async () => {
  const { visit, page } = opened;
  await visit.open(`/batches/${ID}`, ID);
  await page.getByLabel('Status').selectOption({ label: `completed (${SIZE})` });
  await page.waitForURL(/\?status=completed$/);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByRole('link', { name: `${ID}.0001.000001` }).waitFor();
  expect(await other.getByLabel('Status').inputValue()).toBe('completed');
  await other.goto(page.url().replace('completed', 'failed'));
  await other.getByText('There is none.').waitFor();
  await other.close();
});

/** A headless browser cannot hide a page, so the test changes what the page reads of its visibility. */
const becomes = (state: 'hidden' | 'visible') => `
  Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));`;

it('reads what may change again and again, without a body if it has not, and nothing while it is hidden', async () => {
  const { visit, page } = opened;
  await visit.open(`/batches/${ID}`, ID);
  const statuses: number[] = [];
  const onAnswer = (response: Response) => {
    if (new URL(response.url()).pathname === `/batches/${ID}`) statuses.push(response.status());
  };
  page.on('response', onAnswer);
  await expect.poll(() => statuses.at(-1), { timeout: 30_000 }).toBe(304);
  await page.evaluate(becomes('hidden'));
  await page.waitForTimeout(1_000); // for a read under way
  const before = statuses.length;
  await page.waitForTimeout(12_000); // it is read every ten seconds
  expect(statuses.length).toBe(before);
  await page.evaluate(becomes('visible'));
  await expect.poll(() => statuses.length, { timeout: 30_000 }).toBeGreaterThan(before);
  expect(new Set(statuses.slice(statuses.indexOf(304)))).toEqual(new Set([304]));
  page.off('response', onAnswer);
}, 90_000);

it('says what has failed if a screen has a fault, and the other screens work', async () => {
  const { visit, page } = opened;
  const overview = `${service.endpoints.api}/overview`;
  await page.route(overview, (route) => route.fulfill({ json: {} }));
  await visit.open('/now', 'This screen has failed');
  await page.getByRole('button', { name: 'Load the page again' }).waitFor();
  await visit.press(page.getByRole('link', { name: 'Batches', exact: true }));
  await visit.heading('Batches');
  await page.unroute(overview);
  await visit.open('/now', 'Now');
});
