import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { keyed } from '../support/provoke.ts';
import { runSluice, SLUICE } from '../support/sluice-command.ts';
import { csvFile, someRows } from '../support/upload-rows.ts';
import { ADDRESS } from '../support/withdrawal-requests.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();
const dir = mkdtempSync(join(tmpdir(), 'sluice-command-'));
afterAll(() => rmSync(dir, { recursive: true }));

const env = { ...process.env, SLUICE_DATA_DIR: service.dataDir };
const sluice = (...args: string[]) => runSluice(service, args);
const as = (apiKey: string, ...args: string[]) => runSluice(service, args, { env: { SLUICE_API_KEY: apiKey } });

function aFile(name: string, content: string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

describe.concurrent('sluice batches and payouts', () => {
  it('creates a batch from CSV, waits for it, and reports as the API does', async ({ expect }) => {
    const path = aFile('three.csv', csvFile(someRows(3)));
    const created = await sluice('batches', 'create', path, '--batch-id', 'cli-three', '--watch', '--json');
    expect(created.code, created.stderr).toBe(0);
    const { body } = await service.get('/batches/cli-three');
    expect(body).toMatchObject({ status: 'completed', total_count: 3 });
    expect(JSON.parse(created.stdout)).toEqual(body);
    expect(created.stderr).toMatch(/^\w[\w ]* \d+ %/);

    const [again, csv, report, found, explained, happened, chunks, retried, moves, waits, health] = await Promise.all([
      sluice('batches', 'create', path, '--batch-id', 'cli-three', '--quiet'),
      sluice('batches', 'report', 'cli-three', '--csv'),
      sluice('batches', 'report', 'cli-three'),
      sluice('payouts', 'find', '--batch-id', 'cli-three', '--quiet'),
      sluice('payouts', 'explain', 'cli-three.0001.000001'),
      sluice('payouts', 'timeline', 'cli-three.0001.000001'),
      sluice('batches', 'chunks', 'cli-three'),
      sluice('batches', 'retry', 'cli-three'),
      sluice('payouts', 'overview'),
      sluice('overview'),
      sluice('health'),
    ]);
    expect(again).toEqual({ code: 0, stdout: 'cli-three\n', stderr: '' });
    expect(csv.stdout).toBe((await service.get('/batches/cli-three/report', { Accept: 'text/csv' })).text);
    expect(report.stdout).toMatch(/^ended +3 of 3$/m);
    expect(report.stdout).toMatch(/^paid +3 {2}IDR 30\.00$/m);
    const { payouts } = (await service.get('/payouts?batch_id=cli-three')).body;
    expect(found.stdout.trim().split('\n')).toEqual(payouts.map((each: { payout_id: string }) => each.payout_id));
    expect(chunks.stdout).toMatch(/^1 +3 +3 completed$/m);
    expect(retried.stdout).toBe('The batch cli-three is completed. Payouts retried: 0.\n');
    expect(moves.stdout).toMatch(/^last hour +\d+ completed/m);
    expect(waits.stdout).toMatch(/^CIRCUIT TO +STATE +SINCE \(UTC\)\nbank +closed\n/);
    expect(health).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^The service is ok\.\n\nCHECK +RESULT\ndatabase +up\n/),
    });
    for (const name of ['queue', 'bank', 'gateway', 'chain'])
      expect(health.stdout).toMatch(RegExp(`^${name} +up$`, 'm'));
    expect(waits.stdout).toMatch(/^rail notifications +\d+$/m);
    expect(explained.stdout).toMatch(/^cli-three\.0001\.000001 is completed\.\n/);
    expect(explained.stdout).toContain('Nothing happens without a person.');
    expect(happened.stdout).toMatch(/^TIME \(UTC\) .*\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +created /);
  });

  it('shows what a request would do, and stores nothing; with a wrong amount this is a refusal', async ({ expect }) => {
    const good = aFile('dry.json', JSON.stringify([payout('1.00')]).replace('"1.00"', '1.00'));
    const bad = aFile('bad.json', JSON.stringify([payout('1.005')]).replace('"1.005"', '1.005'));
    const dry = (path: string) => sluice('batches', 'create', path, '--batch-id', 'cli-dry', '--dry-run');
    const [accepted, refused] = await Promise.all([dry(good), dry(bad)]);
    expect(accepted).toMatchObject({ code: 0, stdout: expect.stringContaining('1 payouts would be stored: PHP 1.00') });
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('payouts[0].amount: ') });
    expect((await service.get('/batches/cli-dry')).status).toBe(404);
  });

  it('leaves a batch alone if Ctrl-C ends the watching, and watches it again', async ({ expect }) => {
    const path = aFile('watched.csv', csvFile(someRows(2)));
    await sluice('batches', 'create', path, '--batch-id', 'cli-watched', '--no-start');
    const watching = spawn(process.execPath, [SLUICE, 'batches', 'watch', 'cli-watched'], { env });
    let errors = '';
    watching.stderr.on('data', (piece) => {
      errors += piece;
    });
    const output = text(watching.stdout);
    await vi.waitFor(() => expect(errors).toContain('created 0 %'), { timeout: 20_000 });
    watching.kill('SIGINT');
    expect(await once(watching, 'close')).toEqual([130, null]);
    expect(errors).toContain('continues without this command. To watch it again: npx sluice batches watch cli-watched');
    expect(await output).toBe('');
    expect((await service.get('/batches/cli-watched')).body).toMatchObject({ status: 'created' });

    const inTime = await sluice('batches', 'watch', 'cli-watched', '--timeout', '1s', '--quiet');
    expect(inTime).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^The batch cli-watched has not/),
    });
    const cancelled = await sluice('batches', 'cancel', 'cli-watched', '--reason', 'a test');
    expect(cancelled.stdout).toMatch(/^cancelled for +a test$/m);
    const ended = await sluice('batches', 'watch', 'cli-watched');
    expect(ended).toMatchObject({ code: 1, stdout: expect.stringMatching(/^status +cancelled$/m) });
  });

  const payout = (amount: string) => ({
    ...{ vendor_id: 'v', vendor_name: 'V', amount, currency: 'PHP', bank_account: '123', bank_name: 'Bank' },
  });
});

describe.concurrent('the exit code of sluice', () => {
  it('is 1 if the service refuses the request: a wrong key, an unknown id', async ({ expect }) => {
    const [wrongKey, unknown] = await Promise.all([
      as('wrong', 'batches', 'list'),
      sluice('batches', 'get', 'cli-none'),
    ]);
    expect(wrongKey).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('X-API-Key') });
    expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('cli-none') });
  });

  it('is 2 for wrong usage', async ({ expect }) => {
    const runs = await Promise.all([
      sluice('batches', 'list', '--json', '--quiet'),
      sluice('payouts', 'find'),
      sluice('bank', 'mode', 'unheard-of'),
    ]);
    expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual(runs.map(() => [2, '']));
  });

  it('is 3 if the service is away, with the id under which a write can be repeated', async ({ expect }) => {
    const path = aFile('away.csv', csvFile(someRows(1)));
    const ran = await as('any', '--url', 'http://127.0.0.1:1', 'batches', 'create', path);
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(ran.stderr).toMatch(/cannot be reached\. It is not known .* again with --batch-id batch_[0-9a-f]{32}:/);
  });

  it('is that of the command if the reader of the output ends first', async ({ expect }) => {
    const script = `set -o pipefail; '${process.execPath}' '${SLUICE}' batches list | true`;
    const shell = spawn('bash', ['-c', script], { env });
    const [errors] = await Promise.all([text(shell.stderr), text(shell.stdout), once(shell, 'close')]);
    expect([shell.exitCode, errors]).toEqual([0, '']);
  });
});

it('keeps the keys of stages in a file that only its owner can read', async () => {
  const { api, apiKey } = service.endpoints;
  const home = { XDG_CONFIG_HOME: join(dir, 'config'), SLUICE_DATA_DIR: join(dir, 'none') };
  const run = (args: string[], more = {}) => runSluice(service, args, { env: { ...home, ...more } });
  const path = join(home.XDG_CONFIG_HOME, 'sluice/profiles.json');
  const added = await run(['profiles', 'add', 'here', api], { SLUICE_API_KEY: apiKey });
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining(path) });
  expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
  expect(added.stdout + added.stderr).not.toContain(apiKey);

  const listed = await run(['--profile', 'here', 'batches', 'list', '--limit', '1', '--json']);
  expect(JSON.parse(listed.stdout)).toMatchObject({ batches: [{ batch_id: expect.any(String) }] });
  const other = await run(['--profile', 'there', 'batches', 'list']);
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no profile there.') });
  chmodSync(path, 0o640);
  const readable = await run(['--profile', 'here', 'batches', 'list']);
  expect(readable).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`chmod 600 ${path}`) });
  chmodSync(path, 0o600);
  expect((await run(['profiles', 'remove', 'here'])).code).toBe(0);
  expect(readFileSync(path, 'utf8')).toBe('{}\n');
});

describe.concurrent('sluice for the other domains', () => {
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
      const { job_id: id } = await service.client.jobs.create({ from: '2024-01-01', to: '2024-04-01' });
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
