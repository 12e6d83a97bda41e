import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it, vi } from 'vitest';
import { runSluice } from '../support/sluice-command.ts';
import { csvFile, someRows } from '../support/upload-rows.ts';
import { isStarted, itWhere } from '../support/where.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();
const sluice = (...args: string[]) => runSluice(service, args);
const dir = mkdtempSync(join(tmpdir(), 'sluice-command-operations-'));
afterAll(() => rmSync(dir, { recursive: true }));

const NO_WEBHOOK = `webhook_${'0'.repeat(32)}`;

describe.concurrent('sluice webhooks', () => {
  it('tests an endpoint, sends again, changes it, rotates its secret and deletes it', async ({ expect }) => {
    const received: unknown[] = [];
    const receiver = createServer(({ headers }, response) => {
      received.push(headers['webhook-id']);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/ops`;
    const made = await sluice('webhooks', 'create', url, '--events', 'withdrawal.dead_lettered', '--json');
    expect(made.code, made.stderr).toBe(0);
    const { endpoint_id: id, secret } = JSON.parse(made.stdout);
    const tested = await sluice('webhooks', 'test', id, '--quiet');
    expect(tested.code, tested.stderr).toBe(0);
    const delivery = tested.stdout.trim();
    const ended = () => service.client.webhookDeliveries.get(delivery);
    await vi.waitFor(async () => expect(await ended()).toMatchObject({ status: 'delivered' }), { timeout: 20_000 });
    const [shown, again] = await Promise.all([
      sluice('webhooks', 'delivery', delivery),
      sluice('webhooks', 'replay', delivery),
    ]);
    expect(shown.stdout).toMatch(/^event +webhook_endpoint\.test /m);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining(delivery) });
    await vi.waitFor(() => expect(received).toEqual([delivery, delivery]), { timeout: 20_000 });

    const changed = await sluice('webhooks', 'change', id, '--disable', '--description', 'a test');
    expect(changed.stdout).toMatch(/^state +disabled$/m);
    const now = (await service.get(`/webhook-endpoints/${id}`)).body;
    expect(now).toMatchObject({
      url,
      enabled: false,
      event_types: ['withdrawal.dead_lettered'],
      description: 'a test',
    });
    const [got, refused, replayed, rotated, nothing, both] = await Promise.all([
      sluice('webhooks', 'get', id, '--json'),
      sluice('webhooks', 'test', id),
      sluice('webhooks', 'replay', id, '--quiet'),
      sluice('webhooks', 'rotate', id, '--overlap', '0s', '--json'),
      sluice('webhooks', 'change', id),
      sluice('webhooks', 'change', id, '--enable', '--disable'),
    ]);
    expect(JSON.parse(got.stdout)).toMatchObject({ endpoint_id: id, enabled: false });
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('The endpoint is disabled.'),
    });
    expect([replayed.code, nothing.code, nothing.stdout, both.code, both.stdout]).toEqual([0, 2, '', 2, '']);
    expect(JSON.parse(rotated.stdout).secret).toMatch(/^whsec_/);
    expect(rotated.stdout).not.toContain(secret);
    expect(await sluice('webhooks', 'delete', id, '--quiet')).toEqual({ code: 0, stdout: `${id}\n`, stderr: '' });
    expect((await service.get(`/webhook-endpoints/${id}`)).status).toBe(404);
    receiver.closeAllConnections();
    receiver.close();
  });

  it('exits with 1 for an unknown endpoint', async ({ expect }) => {
    const runs = await Promise.all(
      ['test', 'replay', 'delete'].map((command) => sluice('webhooks', command, NO_WEBHOOK)),
    );
    for (const ran of runs)
      expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(NO_WEBHOOK) });
  });
});

describe.concurrent('sluice batches, uploads and redrive', () => {
  it('starts a batch that waits, and then there is nothing to stop or to redrive', async ({ expect }) => {
    const path = join(dir, 'two.csv');
    writeFileSync(path, csvFile(someRows(2)));
    await sluice('batches', 'create', path, '--batch-id', 'cli-ops', '--no-start');
    const started = await sluice('batches', 'start', 'cli-ops', '--quiet');
    expect(started).toEqual({ code: 0, stdout: 'cli-ops\n', stderr: '' });
    await sluice('batches', 'watch', 'cli-ops', '--quiet');
    const [stopped, again, redriven, unknown] = await Promise.all([
      sluice('batches', 'stop', 'cli-ops'),
      sluice('batches', 'start', 'cli-ops'),
      sluice('redrive', 'cli-ops'),
      sluice('redrive', 'cli-ops-none'),
    ]);
    for (const ran of [stopped, again])
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('completed') });
    expect(redriven).toMatchObject({ code: 0, stdout: 'Batch cli-ops has no dead letters.\n' });
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
  });

  it('redrives only what is named', async ({ expect }) => {
    const [none, two, unknown] = await Promise.all([
      sluice('redrive'),
      sluice('redrive', 'cli-ops', '--withdrawals'),
      sluice('redrive', '--notification', 'cli-ops-none'),
    ]);
    expect([none.code, two.code, unknown.code]).toEqual([2, 2, 1]);
  });

  it('shows, cancels and refuses uploads', async ({ expect }) => {
    const { upload_id: id } = await service.client.uploads.create({ format: 'csv' });
    const [shown, report] = await Promise.all([sluice('uploads', 'get', id), sluice('uploads', 'report', id)]);
    expect(shown.stdout).toMatch(new RegExp(`^${id} {2}awaiting_upload\\n`));
    expect(report).toMatchObject({ code: 1, stdout: '' });
    const cancelled = await sluice('batches', 'cancel', id, '--reason', 'a test', '--quiet');
    expect(cancelled).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect((await service.client.uploads.get(id)).status).toBe('refused');
  });
});

describe.concurrent('sluice for wallets, payments, imports, rules and processes', () => {
  it('opens a wallet; shows, explains and refunds a payment, but not more than it was', async ({ expect }) => {
    const { client } = service;
    const opened = await sluice('wallets', 'create', 'cli-ops', '--currency', 'IDR');
    expect(opened).toEqual({ code: 0, stdout: 'The wallet of cli-ops has IDR.\n', stderr: '' });
    await client.providers.create({ provider_id: 'cli-ops', name: 'PLN' });
    await client.wallets.deposit('cli-ops', { amount: 50_000, currency: 'IDR' }, { idempotencyKey: 'cli-ops-1' });
    const bill = { provider_id: 'cli-ops', external_reference: 'bill-1', amount: 20_000, currency: 'IDR' };
    const { payment_id: id } = await client.payments.create('cli-ops', bill);
    const [shown, explained, happened, tooMuch, usage] = await Promise.all([
      sluice('payments', 'get', id),
      sluice('payments', 'explain', id),
      sluice('payments', 'timeline', id),
      sluice('payments', 'refund', id, '--amount', '20001'),
      sluice('payments', 'refund', id, '--amount', '1.5'),
    ]);
    expect(shown.stdout).toMatch(/^amount +IDR 200\.00$/m);
    expect(explained.stdout).toMatch(new RegExp(`^${id} is APPROVED\\.\n`));
    expect(happened.stdout).toMatch(/^TIME \(UTC\) .*\n\d{4}-/);
    expect([tooMuch.code, tooMuch.stdout, usage.code, usage.stdout]).toEqual([1, '', 2, '']);
    expect((await service.get(`/payments/${id}`)).body.refunded_amount).toBe(0);
  });

  it('shows an import, which starts only when its file is there', async ({ expect }) => {
    const { import_id: id } = await service.client.imports.create({ format: 'csv' });
    const [shown, started] = await Promise.all([sluice('imports', 'get', id), sluice('imports', 'start', id)]);
    expect(shown.stdout).toMatch(/^status +AWAITING_UPLOAD$/m);
    expect(started).toMatchObject({ code: 1, stdout: '' });
  });

  it('shows the rules; a file without rules is wrong usage', async ({ expect }) => {
    const path = join(dir, 'none.json');
    writeFileSync(path, '[]');
    const [shown, wrong, missing] = await Promise.all([
      sluice('rules', 'get', '--json'),
      sluice('rules', 'replace', path),
      sluice('rules', 'replace', join(dir, 'missing.json')),
    ]);
    expect(JSON.parse(shown.stdout)).toEqual((await service.get('/policies/approvals')).body);
    expect([wrong.code, wrong.stdout, missing.code]).toEqual([2, '', 2]);
  });

  itWhere(
    isStarted(service),
    'the processes of Lambda have no supervisor',
    'lists the processes of the service',
    async ({ expect }) => {
      const { code, stdout } = await sluice('lab', 'state');
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(/^PROCESS +PID +RESTARTS +STARTED \(UTC\)\nfunctions and API +\d+ +0 /),
      ]);
    },
  );
});

describe.concurrent('sluice without a service', () => {
  const away = (...args: string[]) =>
    runSluice(service, ['--url', 'http://127.0.0.1:1', ...args], { env: { SLUICE_API_KEY: 'any' } });

  it('exits with 3, and says how to see whether a write had an effect', async ({ expect }) => {
    const runs = await Promise.all([
      away('audit', 'list', '--all'),
      away('webhooks', 'test', NO_WEBHOOK),
      away('payments', 'refund', `pay_${'0'.repeat(32)}`),
      away('redrive', '--withdrawals'),
      sluice('--data-dir', dir, 'lab', 'restart'),
    ]);
    expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual(runs.map(() => [3, '']));
    expect(runs[1]?.stderr).toContain(`npx sluice webhooks deliveries ${NO_WEBHOOK}`);
    expect(runs[2]?.stderr).toMatch(/again with --key [0-9a-f-]{36}:/);
    expect(runs[4]?.stderr).toContain('No service is running');
  });

  it('shows help of the demonstration, which needs no service', async ({ expect }) => {
    const help = await sluice('--data-dir', dir, 'demo', '--help');
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('sluice demo') });
    expect((await sluice('demo', '--unheard-of')).code).toBe(2);
  });
});
