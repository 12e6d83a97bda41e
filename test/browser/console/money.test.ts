import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../../../scripts/chromium.ts';
import { ScriptedServer } from '../../support/http-server.ts';
import { Service } from '../../support/service.ts';
import { ADDRESS, WEI, wanted } from '../../support/withdrawal-requests.ts';
import { Visit } from './visit.ts';

/** Its own: these tests change the bank's mode, and stop the processor. */
const service = new Service();
let browser: Browser;
let visit: Visit;
let page: Page;
let receiver: ScriptedServer;
let paymentId: string;
let orderId: string;
/** After the deposits, before anything else. */
let deposited: string;

beforeAll(async () => {
  [browser] = await Promise.all([launchBrowser(), service.start()]);
  const { wallets, providers, payments, products, orders } = service.client;
  receiver = await ScriptedServer.answering({ status: 204 });
  await service.client.webhookEndpoints.create({ url: receiver.url, event_types: ['refund.created'] });
  await providers.create({ provider_id: 'pln', name: 'Perusahaan Listrik Negara' });
  await wallets.create({ user_id: 'ana', currency: 'IDR' });
  await wallets.deposit('ana', { amount: 2_000_000_00n, currency: 'IDR' });
  const { created_at } = await wallets.deposit('ana', { amount: `${3n * WEI}`, currency: 'ETH' });
  deposited = created_at;
  await new Promise((resolve) => setTimeout(resolve, 5)); // the payment is later
  const bill = { provider_id: 'pln', external_reference: 'meter-5300', amount: 350_000_00n, currency: 'IDR' };
  paymentId = (await payments.create('ana', bill)).payment_id;
  await products.create({ id: 'tour-shirt-m', name: 'Tour T-shirt, size M', stock: 100, price_cents: 3_490 });
  orderId = (await orders.create({ buyer_id: 'ana', product_id: 'tour-shirt-m', quantity: 2 })).id;
  visit = await Visit.begin(browser, service);
  ({ page } = visit);
  await visit.signIn(service.endpoints.apiKey);
}, 180_000);
afterAll(async () => {
  await visit?.end();
  await browser?.close();
  await service.stop();
  await receiver?.close();
});

const button = (name: string) => page.getByRole('button', { name, exact: true });
const panel = (name: string) => page.getByRole('region', { name, exact: true });

/** The dialog of a button, with this command. */
async function confirm(name: string, command: string): Promise<void> {
  await visit.press(button(name));
  await visit.confirm(command);
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  // A closed dialog gives the focus back 10 ms later.
  await page.evaluate('new Promise((done) => setTimeout(done, 50))');
}

/** One ether of ana. @returns the id */
async function withdraw(): Promise<string> {
  const { body } = await service.post('/withdrawals', wanted('ana'));
  return body.withdrawal.withdrawal_id;
}

/** By its id, with Ctrl-K. */
async function find(kind: string, id: string): Promise<void> {
  await visit.search();
  await page.keyboard.type(id);
  await page.getByRole('option', { name: kind }).waitFor();
  await page.keyboard.press('Enter');
  await visit.heading(id);
}

it('shows why a withdrawal failed, retries it, and shows what it has posted', async () => {
  await service.setBank({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
  const id = await withdraw();
  await service.client.withdrawals.waitFor(id);
  await service.setBank({ mode: 'happy' });
  await find('Withdrawal', id);
  await page.getByText('✕failed').waitFor();
  await panel('Why').getByText('ACCOUNT_BLOCKED').waitFor();
  await panel('Journal').getByText('release').waitFor();
  await confirm('Retry', `npx sluice withdrawals retry ${id}`);
  await page.getByText('✓completed').waitFor({ timeout: 30_000 });
  await panel('Journal').getByText('capture').waitFor();
  const journal = await service.client.withdrawals.entries(id);
  expect(journal.map(({ type }) => type)).toEqual(['HOLD', 'RELEASE', 'HOLD', 'CAPTURE']);
  expect(await panel('Journal').getByRole('row').count()).toBe(1 + journal.length);
  expect(await page.content()).not.toContain(ADDRESS);
  await page.getByText(`****${ADDRESS.slice(-4)}`, { exact: true }).waitFor();
  await visit.inspect('withdrawal');
});

it('stops the processor, lists what waits, and starts it', async () => {
  await visit.press(page.getByRole('link', { name: 'Withdrawals' }));
  await visit.heading('Withdrawals');
  await confirm('Stop', 'npx sluice withdrawals stop');
  await panel('Processor').getByText('stopping').waitFor();
  const id = await withdraw();
  await page.goto(`${service.endpoints.api}/console/withdrawals?part=due`);
  await page.getByRole('link', { name: id }).waitFor();
  await visit.open('/now', 'Now');
  await visit.press(panel('Waits for a worker since').getByRole('link').first());
  await visit.heading(id);
  await page.goBack();
  await page.goBack();
  await visit.heading('Withdrawals');
  await visit.inspect('withdrawals');
  await confirm('Start', 'npx sluice withdrawals start');
  await page.getByText('There is none.').waitFor({ timeout: 30_000 });
  await page.getByRole('textbox', { name: 'User' }).fill('ana');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: id }).waitFor();
  expect(page.url()).toContain('user=ana');
});

it('refunds a part of a payment', async () => {
  await find('Payment', paymentId);
  await visit.press(button('Refund'));
  const amount = page.getByRole('dialog').getByLabel('Amount in IDR');
  expect(await amount.inputValue()).toBe('350000.00');
  await visit.enter(amount, '50000.50');
  await visit.confirm(`npx sluice payments refund ${paymentId} --amount 5000050`);
  await panel('Refunds').getByText('IDR 50,000.50').waitFor();
  await panel('Why').getByText('Refunded: IDR 50,000.50.').waitFor();
  await panel('Journal').getByText('provider:pln').nth(1).waitFor();
  const { refunds } = await service.client.payments.get(paymentId);
  expect(refunds.map((each) => each.amount)).toEqual([5_000_050]);
  await visit.inspect('payment');
  await visit.press(panel('Webhooks').getByRole('link', { name: /^msg_/ }));
  await visit.heading('refund.created');
  await page.goBack();
  await visit.heading(paymentId);
});

it('shows a wallet with its statement, and what it held at an earlier time', async () => {
  await visit.press(panel('Payment').getByRole('link', { name: 'ana' }));
  await visit.heading('ana');
  await panel('Balance').getByText('IDR 1,700,000.50').waitFor();
  await visit.inspect('wallet');
  await panel('Statement').getByRole('link', { name: paymentId }).first().waitFor();
  await page.goto(`${service.endpoints.api}/console/wallets/ana?as_of=${deposited}`);
  await panel('Balance at an earlier time').getByText('IDR 2,000,000.00').waitFor();
  await visit.press(button('Now'));
  await panel('Balance').getByText('IDR 1,700,000.50').waitFor();
  await page.goto(`${service.endpoints.api}/console/wallets/ana?type=PAYMENT`);
  const statement = panel('Statement').getByRole('table');
  await expect.poll(() => statement.getByRole('row').count()).toBe(2);
  await page.goto(`${service.endpoints.api}/console/wallets/ana?to=${deposited}`);
  await expect.poll(() => statement.getByRole('row').count()).toBe(2);
});

it('deposits money once, although every answer to the first request was lost', async () => {
  let lost = 4;
  await page.route(/\/deposits$/, async (route) => {
    lost -= 1;
    if (lost < 0) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await visit.open('/wallets', 'Wallets');
  await page.getByRole('textbox', { name: 'User' }).fill('ana');
  await page.keyboard.press('Enter');
  await visit.heading('ana');
  await visit.press(button('Deposit'));
  const dialog = page.getByRole('dialog');
  await visit.enter(dialog.getByLabel('Currency'), 'IDR');
  await visit.enter(dialog.getByLabel('Amount'), '0.50');
  await visit.confirm('npx sluice wallets deposit ana --amount 50 --currency IDR');
  await dialog.getByRole('alert').waitFor();
  await visit.press(dialog.locator('[type=submit]'));
  await dialog.waitFor({ state: 'detached' });
  expect(lost).toBeLessThan(0);
  await panel('Balance').getByText('IDR 1,700,001.00').waitFor();
});

it('shows an order and its product', async () => {
  await find('Order', orderId);
  await page.getByText('69.80').waitFor();
  await visit.inspect('orders');
  await visit.press(page.getByRole('link', { name: 'tour-shirt-m' }));
  await visit.heading('tour-shirt-m');
  await page.getByText('98 of 100').waitFor();
  await visit.inspect('product');
  await visit.open('/orders', 'Orders');
  await page.getByRole('textbox').fill(orderId);
  await page.keyboard.press('Enter');
  await visit.heading(orderId);
});
