import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it, vi } from 'vitest';
import { keyed } from '../support/provoke.ts';
import { runSluice } from '../support/sluice-command.ts';
import { ADDRESS } from '../support/withdrawal-requests.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();
const dir = mkdtempSync(join(tmpdir(), 'sluice-command-domains-'));
afterAll(() => rmSync(dir, { recursive: true }));
const sluice = (...args: string[]) => runSluice(service, args);

describe.concurrent('sluice for domains other than payouts', () => {
  it('shows wallets with exact amounts', async ({ expect }) => {
    await service.post('/wallets', { user_id: 'cli-ana', currency: 'IDR' });
    for (const amount of [9007199254740991, 2]) {
      await service.post('/wallets/cli-ana/deposits', { amount, currency: 'IDR' }, keyed());
    }
    const [json, balance, statement] = await Promise.all([
      sluice('wallets', 'balance', 'cli-ana', '--json'),
      sluice('wallets', 'balance', 'cli-ana'),
      sluice('wallets', 'statement', 'cli-ana', '--limit', '1'),
    ]);
    expect(json.stdout).toContain('"amount": 9007199254740993\n');
    expect(balance.stdout).toContain('IDR 90,071,992,547,409.93\n');
    expect(statement.stdout).toMatch(/DEPOSIT +IDR 0\.02 +IDR 90,071,992,547,409\.93/);
    expect(statement.stdout).toMatch(/\n\nThere are more: --cursor \S+\n$/);
  });

  it('deposits, shows an earlier balance, refunds a payment, and shows what was posted', async ({ expect }) => {
    const { client } = service;
    await client.providers.create({ provider_id: 'cli-pln', name: 'PLN' });
    await client.wallets.create({ user_id: 'cli-eva', currency: 'IDR' });
    const into = [
      'wallets',
      'deposit',
      'cli-eva',
      '--amount',
      '50000',
      '--currency',
      'IDR',
      '--key',
      'cli-d',
      '--json',
    ];
    const first = await sluice(...into);
    expect(first.code, first.stderr).toBe(0);
    const { created_at: at } = JSON.parse(first.stdout);
    await new Promise((resolve) => setTimeout(resolve, 5)); // the payment is later
    const bill = { provider_id: 'cli-pln', external_reference: 'bill-1', amount: 20_000, currency: 'IDR' };
    const { payment_id: id } = await client.payments.create('cli-eva', bill);
    const refunded = await sluice('payments', 'refund', id, '--amount', '5000', '--key', 'cli-r');
    expect(refunded.stdout).toMatch(/^Refunded: IDR 50\.00, as rfd_\w+\.\n$/);
    const [then, statement, entries] = await Promise.all([
      sluice('wallets', 'balance', 'cli-eva', '--as-of', at),
      sluice('wallets', 'statement', 'cli-eva', '--type', 'PAYMENT', '--from', at, '--quiet'),
      sluice('payments', 'entries', id),
    ]);
    expect(then.stdout).toMatch(/IDR +IDR 500\.00/);
    expect(statement.stdout).toBe(`${id}\n`);
    expect(entries.stdout).toMatch(/CAPTURE +provider:cli-pln +IDR 200\.00/);
  });

  it('shows an order and its product', async ({ expect }) => {
    await service.client.products.create({ id: 'cli-shirt', name: 'T-shirt', stock: 10, price_cents: 3_490 });
    const { id } = await service.client.orders.create({ buyer_id: 'ana', product_id: 'cli-shirt', quantity: 2 });
    const [order, product] = await Promise.all([sluice('orders', 'get', id), sluice('products', 'get', 'cli-shirt')]);
    expect(order.stdout).toMatch(/total \(cents\) +6980/);
    expect(order.stdout).toMatch(/^cli-shirt +2 +3490$/m);
    expect(product.stdout).toMatch(/stock +8 of 10/);
  });

  it('settles days, and downloads the file of the job only if it is the right one', async ({ expect }) => {
    const range = ['--from', '2026-01-05', '--to', '2026-01-06'];
    const sale = {
      id: 'cli-sale-1',
      merchant_id: 'cli-m-1',
      amount_cents: 1_999,
      fee_cents: 58,
      status: 'PAID',
    } as const;
    await service.client.transactions.store([{ ...sale, paid_at: '2026-01-06T23:59:59.999Z' }]);
    const settled = await sluice('settle', 'run', ...range, '--watch', '--quiet');
    expect(settled.code, settled.stderr).toBe(0);
    const id = settled.stdout.trim();
    const path = join(dir, 'settled.csv');
    const [downloaded, listed, days] = await Promise.all([
      sluice('settle', 'download', id, '--out', path, '--json'),
      sluice('settle', 'list'),
      sluice('settle', 'days', ...range, '--merchant', 'cli-m-1'),
    ]);
    expect(days.stdout).toMatch(new RegExp(`^2026-01-06 +cli-m-1 +1999 +58 +1941 +1 +${id}$`, 'm'));
    expect(downloaded.code, downloaded.stderr).toBe(0);
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    expect(JSON.parse(downloaded.stdout)).toEqual({ job_id: id, file: path, sha256 });
    expect(sha256).toBe((await service.get(`/jobs/${id}`)).body.sha256);
    expect(existsSync(`${path}.part`)).toBe(false);
    expect(listed.stdout).toMatch(new RegExp(`^${id} +COMPLETED +2026-01-05 +2026-01-06`, 'm'));
    const late = await sluice('settle', 'cancel', id, '--reason', 'too late');
    expect(late).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('nothing left to cancel') });
  });

  it('cancels a job for a reason', async ({ expect }) => {
    for (;;) {
      const { job_id: id } = await service.client.jobs.create({ from: '2023-01-01', to: '2023-04-01' });
      const cancelled = await sluice('settle', 'cancel', id, '--reason', 'wrong quarter');
      if (cancelled.code === 1) continue; // it was faster
      expect(cancelled).toMatchObject({ code: 0, stdout: expect.stringMatching(/^cancelled for +wrong quarter$/m) });
      return;
    }
  });

  it('creates a withdrawal once under its key', async ({ expect }) => {
    const what = ['--asset', 'ETH', '--amount', '1000000000000000000', '--network', 'ethereum', '--source', 'external'];
    const create = () =>
      sluice('withdrawals', 'create', '--user', 'cli-ben', ...what, '--to', ADDRESS, '--key', 'cli-1', '--quiet');
    const first = await create();
    expect(first.code, first.stderr).toBe(0);
    expect(await create()).toEqual(first);
    const [listed, happened, open] = await Promise.all([
      sluice('withdrawals', 'list', '--user', 'cli-ben', '--json'),
      sluice('withdrawals', 'timeline', first.stdout.trim()),
      sluice('withdrawals', 'open', '--part', 'dead'),
    ]);
    expect(open.stdout).toBe('There are no withdrawals.\n');
    expect(happened.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +created /m);
    const { withdrawals } = JSON.parse(listed.stdout);
    expect(withdrawals.map((each: { withdrawal_id: string }) => each.withdrawal_id)).toEqual([first.stdout.trim()]);
  });

  it('creates a webhook endpoint, lists it without its secret, and deletes it', async ({ expect }) => {
    const made = await sluice('webhooks', 'create', 'https://example.com/cli', '--disabled', '--json');
    const { endpoint_id: id, secret } = JSON.parse(made.stdout);
    expect(secret).toMatch(/^whsec_/);
    const sent = async () => (await service.get(`/webhook-endpoints/${id}/deliveries`)).body.deliveries;
    await vi.waitFor(async () => expect(await sent()).not.toEqual([]), { timeout: 20_000 });
    const [listed, deliveries] = await Promise.all([sluice('webhooks', 'list'), sluice('webhooks', 'deliveries', id)]);
    expect(listed.stdout).toMatch(new RegExp(`^${id} +disabled +https://example\\.com/cli +\\*$`, 'm'));
    expect(listed.stdout).not.toContain(secret);
    expect(deliveries.stdout).toMatch(/^msg_[0-9a-f]{32} +pending +webhook_endpoint\.created /m);
    const deleted = await sluice('webhooks', 'delete', id);
    expect(deleted).toMatchObject({ code: 0, stdout: `The endpoint ${id} is deleted.\n` });
    expect((await sluice('webhooks', 'delete', id)).code).toBe(1);
  });

  it('verifies a domain; without a service this is not known', async ({ expect }) => {
    const [verified, away] = await Promise.all([
      sluice('verify', '--domain', 'orders', '--json'),
      sluice('--data-dir', dir, 'verify', '--domain', 'orders'),
    ]);
    expect(verified.code, verified.stderr).toBe(0);
    expect(JSON.parse(verified.stdout).domains).toEqual([expect.objectContaining({ domain: 'orders' })]);
    expect(away).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('No service is running') });
  });

  it('shows the mode of the mock bank', async ({ expect }) => {
    expect((await sluice('bank', 'mode')).stdout).toMatch(/^mode +happy$/m);
  });
});
