import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MockBank } from '../../../scripts/bank.ts';
import { launchBrowser } from '../../../scripts/chromium.ts';
import { Service, vendorBatch } from '../../support/service.ts';
import { Visit } from './visit.ts';

/** Its own: these tests kill it. */
const service = new Service();
const SIZE = 600;
let browser: Browser;
let visit: Visit;
let page: Page;

beforeAll(async () => {
  [browser] = await Promise.all([launchBrowser(), service.start()]);
  visit = await Visit.begin(browser, service);
  ({ page } = visit);
  await visit.signIn(service.endpoints.apiKey);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await service.stop();
});

const connectionLost = () => page.getByText('The service does not answer; trying again');
const rowOf = (name: string) => page.getByRole('row').filter({ hasText: name });

it('makes the bank slow, kills the functions in the middle of a batch, and goes on by itself', async () => {
  await visit.press(page.getByRole('link', { name: 'Laboratory' }));
  await visit.heading('Laboratory');
  await page.getByLabel('Mode').selectOption('latency');
  await visit.enter(page.getByLabel('Longest latency'), '600');
  await visit.enter(page.getByLabel('Shortest latency'), '300');
  await page.getByText('npx sluice bank mode latency --latency 300-600 --set lookups=ok').waitFor();
  await visit.press(page.getByRole('button', { name: 'Change the bank' }));
  await page.getByText('Done: the bank has the mode latency').waitFor();
  expect(await new MockBank(service.endpoints).mode()).toMatchObject({ mode: 'latency', latency_ms: [300, 600] });

  await service.post('/batches', vendorBatch(SIZE, 'slow'));
  await page.getByRole('link', { name: 'slow' }).waitFor();
  await visit.press(page.getByRole('button', { name: 'Restart the functions' }));
  await visit.confirm('npx sluice lab restart');
  await connectionLost().waitFor();
  expect(await page.getByRole('link', { name: 'slow' }).isVisible()).toBe(true);
  await connectionLost().waitFor({ state: 'detached', timeout: 30_000 });
  await rowOf('functions and API').getByRole('cell', { name: '1', exact: true }).waitFor();
  await page.getByText('Nothing moves.').waitFor({ timeout: 60_000 });
  expect(await service.bankAudit('slow.')).toMatchObject({ moved: SIZE, moved_more_than_once: 0 });
}, 120_000);

it('shows that every invariant holds, and names what violates one', async () => {
  const holds = page.getByText(/^All \d+ invariants hold\.$/);
  await holds.waitFor({ timeout: 30_000 });
  await visit.inspect('laboratory');
  await fetch(`${service.endpoints.bank}/ledger`, { method: 'DELETE' });
  await page.getByText(/invariants? (is|are) violated\.$/).waitFor({ timeout: 40_000 });
  const [, violated] = await page.getByRole('region', { name: 'Invariants' }).getByRole('row').all();
  expect(await violated?.innerText()).toMatch(/violated[\s\S]*slow\.0001\.0/);
}, 90_000);

it('kills everything, says how to go on, and does so when it is back', async () => {
  await visit.press(page.getByRole('button', { name: 'Kill everything' }));
  await visit.confirm('npx sluice lab kill');
  const gone = page.getByText('The supervisor does not answer');
  await gone.waitFor();
  await page.getByRole('alert').getByText('npm start').waitFor();
  await connectionLost().waitFor();
  await service.start();
  await gone.waitFor({ state: 'detached', timeout: 30_000 });
  await connectionLost().waitFor({ state: 'detached', timeout: 30_000 });
  await rowOf('functions and API').getByRole('cell', { name: '0', exact: true }).waitFor();
  await visit.end();
}, 90_000);
