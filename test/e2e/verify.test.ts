import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newEventItem } from '../../lib/events/items.ts';
import { shardOf } from '../../lib/transactions/segment.ts';
import type { MerchantId } from '../../lib/transactions/transaction.ts';
import { awsOf } from '../../scripts/aws.ts';
import type { Endpoints } from '../../scripts/endpoints.ts';
import { bucketOf } from '../../scripts/settlement/links.ts';
import { eventually } from '../contract/embedded-stack.ts';
import { itemsOf } from '../support/database.ts';
import { runVerify } from '../support/script.ts';
import { Service, vendorBatch } from '../support/service.ts';
import { csvFile, csvRow } from '../support/upload-rows.ts';

const service = new Service();
const SETTINGS = {
  ...{ BANK_DEADLINE_MS: '300', CHAIN_DEADLINE_MS: '300', WITHDRAWAL_CONFIRMATION_POLL_MAX: '100ms' },
  ...{ PAYOUT_RETRY_MAX_DELAY_MS: '500', PAYOUT_MAX_ATTEMPTS: '20' },
  // Its eleven attempts must last for longer than the first run of verify, also on a busy machine.
  WITHDRAWAL_RETRY_MAX_DELAY: '8s',
};
const elsewhere = mkdtempSync(join(tmpdir(), 'sluice-verify-'));
let dynamo: DynamoDBDocumentClient;

beforeAll(async () => {
  await service.start(SETTINGS);
  dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(awsOf(service.endpoints)));
});
afterAll(async () => {
  dynamo.destroy();
  rmSync(elsewhere, { recursive: true });
  await service.stop();
});

const verify = (...args: string[]) => runVerify(service, ...args);

/** A data directory with changed endpoints.json of the same service. */
function dataDirWith(changes: Partial<Endpoints>): string {
  writeFileSync(join(elsewhere, 'endpoints.json'), JSON.stringify({ ...service.endpoints, ...changes }));
  return elsewhere;
}

const DAY = '2026-01-15';
const MERCHANT = 'm-1' as MerchantId;
const ids = { order: '', payment: '', withdrawal: '', job: '', upload: '' };

async function giveWork(): Promise<void> {
  const key = (name: string) => ({ 'Idempotency-Key': name });
  // It is disabled, so that its deliveries wait.
  const endpoint = { url: 'http://127.0.0.1:9/hook', enabled: false };
  await service.post('/webhook-endpoints', endpoint, key('endpoint'));
  await service.post('/products', { id: 'ticket', name: 'Ticket', stock: 10, price_cents: 500 });
  const lines = [{ product_id: 'ticket', quantity: 2 }];
  ids.order = (await service.post('/orders', { buyer_id: 'b', lines })).body.id;
  await service.post('/providers', { provider_id: 'pln', name: 'PLN' });
  for (const [user_id, currency, amount] of [
    ['ana', 'IDR', 900],
    ['ben', 'ETH', '9000000000000000000'],
  ] as const) {
    await service.post('/wallets', { user_id, currency });
    await service.post(`/wallets/${user_id}/deposits`, { amount, currency }, key('first'));
  }
  const bill = { provider_id: 'pln', external_reference: 'b-1', amount: 400, currency: 'IDR' };
  ids.payment = (await service.post('/wallets/ana/payments', bill, key('bill'))).body.payment_id;
  await service.post(`/payments/${ids.payment}/refund`, { amount: 100 }, key('back'));
  await service.setBank({ mode: 'timeout' }); // so that the next requests stay open until they time out
  await service.post('/batches', vendorBatch(60, 'batch-1'));
  const { body } = await service.post('/withdrawals', {
    ...{ idempotency_key: 'w-1', user_id: 'ben', asset: 'ETH', amount: '1000000000000000000', network: 'ethereum' },
    ...{ destination_address: '0x52908400098527886E0F7030069857D2E4169EE7', max_retries: 10 },
  });
  ids.withdrawal = body.withdrawal.withdrawal_id;
  const rows = Array.from({ length: 6 }, (_, index) => ({
    ...{ id: `t-${index}`, merchant_id: `m-${index % 2}`, amount_cents: 1_000 + index, fee_cents: 10 },
    ...{ status: index < 5 ? 'PAID' : 'FAILED', paid_at: `${DAY}T0${index}:00:00Z` },
  }));
  await service.post('/transactions', { transactions: rows });
  ids.job = (await service.client.jobs.create({ from: DAY, to: DAY })).job_id;
  const upload = await service.client.uploads.create({ format: 'csv' });
  await fetch(upload.upload_url, { method: 'PUT', body: csvFile([csvRow(1), csvRow(2, 'ten')]) });
  ids.upload = upload.upload_id;
}

async function isWorkDone(): Promise<boolean> {
  const { withdrawal } = (await service.get(`/withdrawals/${ids.withdrawal}`)).body;
  const { status: batch } = (await service.get('/batches/batch-1')).body;
  const { status: job } = await service.client.jobs.get(ids.job);
  const { status: upload } = await service.client.uploads.get(ids.upload);
  return `${withdrawal.status} ${batch} ${job} ${upload}` === 'COMPLETED completed COMPLETED refused';
}

const table = (name: string) => `sluice-local-${name}`;
const set = (name: string, key: { pk: string; sk: string }, changes: Record<string, unknown>) =>
  dynamo.send(
    new UpdateCommand({
      TableName: table(name),
      Key: key,
      UpdateExpression: `SET ${Object.keys(changes)
        .map((each) => `#${each} = :${each}`)
        .join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(Object.keys(changes).map((each) => [`#${each}`, each])),
      ExpressionAttributeValues: Object.fromEntries(Object.entries(changes).map(([each, to]) => [`:${each}`, to])),
    }),
  );
const removeCapture = (pk: string) =>
  dynamo.send(
    new UpdateCommand({
      TableName: table('withdrawals'),
      Key: { pk, sk: 'WITHDRAWAL' },
      UpdateExpression: 'REMOVE #capture',
      ExpressionAttributeNames: { '#capture': 'capture' },
    }),
  );
const remove = (name: string, pk: string, sk: string) =>
  dynamo.send(new DeleteCommand({ TableName: table(name), Key: { pk, sk } }));

describe('npm run verify', () => {
  it('finds no differences during and after work', async () => {
    await giveWork();
    const current = await verify();
    expect((await service.get('/batches/batch-1')).body.status).toBe('in_progress');
    expect(current).toEqual({ code: 0, output: expect.stringContaining('All 61 checks passed.') });
    await service.setBank({ mode: 'happy' });
    await eventually(isWorkDone, Boolean, 40);
    const { code, output } = await verify();
    expect([code, output]).toEqual([0, expect.not.stringContaining('FAIL ')]);
    for (const examined of [
      '60 payouts in 1 batch',
      '1 COMPLETED',
      '1 APPROVED',
      '1 upload: 1 FAILED',
      '1 order of 1 product',
      'deliveries to 1 endpoint',
      '6 transactions, 2 settlements, 1 job',
    ]) {
      expect(output).toContain(examined);
    }
  });

  it('skips the checks that need the bank if there is none', async () => {
    const { code, output } = await runVerify({ dataDir: dataDirWith({ bank: '' }) });
    expect(code).toBe(0);
    expect(output.match(/ {2}skip {2}.*names no bank/g)).toHaveLength(6);
    expect(output).toContain('All 55 checks passed. 6 skipped.');
  });

  it('names all changes made to the data', { timeout: 30_000 }, async () => {
    const pk = `DAY#${DAY}#${String(shardOf(MERCHANT)).padStart(2, '0')}`;
    const { Items = [] } = await dynamo.send(
      new QueryCommand({
        TableName: table('transactions'),
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
      }),
    );
    await set('payouts', { pk: 'BATCH#batch-1#0001', sk: 'PAYOUT#000007' }, { status: 'pending' });
    await set('orders', { pk: `ORDER#${ids.order}`, sk: 'ORDER' }, { total_cents: '999' });
    await set('wallets', { pk: 'WALLET#ana', sk: 'WALLET' }, { balances: { IDR: '601' } });
    await removeCapture(`WITHDRAWAL#${ids.withdrawal}`);
    const segment = Items.find(({ sk }) => sk.startsWith(MERCHANT)) ?? {};
    await set('transactions', { pk, sk: segment.sk }, { amounts: segment.amounts.replace('1003', '1004') });
    await set('settlements', { pk, sk: MERCHANT }, { net: '1' });
    const events = await itemsOf(dynamo, table('events'));
    const completed = events.find(({ sk }) => `${sk}`.endsWith(`#payment.completed:${ids.payment}`));
    await remove('events', `${completed?.pk}`, `${completed?.sk}`);
    const invented = {
      id: 'deposit.created:dep_0',
      type: 'deposit.created',
      source: '/',
      subject: 'ana',
      time: '2026-01-01T00:00:00.000Z',
      data: {},
    } as const;
    await dynamo.send(new PutCommand({ TableName: table('events'), Item: newEventItem(invented) }));
    const created = '["payments","created","IDR"]';
    const counters = events.find((item) => item[created] === 1);
    await dynamo.send(new PutCommand({ TableName: table('events'), Item: { ...counters, [created]: 2 } }));
    const s3 = new S3Client({ ...awsOf(service.endpoints), forcePathStyle: true });
    const Bucket = bucketOf(await service.client.downloads.link(`${ids.job}.csv`));
    await s3.send(new PutObjectCommand({ Bucket, Key: `jobs/${ids.job}/settlement.csv`, Body: 'nothing' }));
    s3.destroy();

    const { code, output } = await verify('--json');
    const { checks } = JSON.parse(output) as { checks: { domain: string; name: string; violations: string[] }[] };
    const failed = checks.filter(({ violations }) => violations.length > 0);
    const violations = failed.map(({ domain, name, violations }) => [`${domain} ${name}`, violations.join('\n')]);
    const { 'events sealed': removed = '', ...others } = Object.fromEntries(violations);
    // The removed event is also missing under its seal, if the sealer ran before it was removed.
    expect(removed).toMatch(removed === '' ? '' : new RegExp(`payment.completed:${ids.payment}\\): it was removed$`));
    expect(others).toEqual({
      'payouts counters': expect.stringContaining('batch batch-1, chunk 1: completed: expected 49, found 50'),
      'payouts finished': expect.stringContaining('batch batch-1, completed'),
      'withdrawals journal': expect.stringContaining(`${ids.withdrawal}.1.capture is required`),
      'wallets rebuilt': 'wallet ana: expected 600 IDR, found 601',
      'webhooks wanted': expect.stringContaining(`payment.completed:${ids.payment}`),
      'orders totals': `order ${ids.order}: total: expected 1000, found 999`,
      'settlement segments': expect.stringContaining('transaction t-3: in DAY#'),
      'settlement files': expect.stringContaining(`job ${ids.job}: bytes of the file`),
      'settlement lines': expect.stringContaining(`job ${ids.job}: the header is`),
      'settlement manifests': expect.stringContaining(`job ${ids.job}: manifest: rows: expected 0, found 2`),
      'settlement settlements': expect.stringContaining(`settlement of m-1 on ${DAY}: net: expected`),
      'events facts': `payment.completed:${ids.payment}: happened, but has no event`,
      'events events': expect.stringContaining('deposit.created:dep_0: is stored, but did not happen'),
      'events unsealed': expect.stringContaining('deposit.created:dep_0: is not sealed, but the sealer has read'),
      'events sums': expect.stringMatching(/"created","IDR"\]: expected (0 to )?1, found 2/),
      'events counters': expect.stringContaining('["payments","completed","IDR"]: expected 0, found 1'),
    });
    expect(code).toBe(1);

    const orders = await verify('--domain', 'orders');
    expect(orders.output).toContain(`  FAIL  the lines of every order sum to its total, at the prices of its products
          ! order ${ids.order}: total: expected 1000, found 999`);
    expect(orders).toEqual({ code: 1, output: expect.stringContaining('1 of 4 checks failed, violations: 1.') });
  });

  it('checks one batch, withdrawal, wallet or payment', async () => {
    const one = async (domain: string, id: string) => verify('--domain', domain, '--id', id);
    const batch = await one('payouts', 'batch-1');
    expect(batch).toEqual({ code: 1, output: expect.stringContaining('chunk 1: completed: expected 49, found 50') });
    expect(batch.output).toContain('! batch batch-1: completed: expected 59, found 60'); // as the API shows it
    const withdrawal = await one('withdrawals', ids.withdrawal);
    expect(withdrawal).toEqual({ code: 1, output: expect.stringContaining('1 withdrawal: 1 COMPLETED') });
    expect(await one('wallets', 'ana')).toEqual({ code: 1, output: expect.stringContaining('expected 600 IDR') });
    expect(await one('wallets', ids.payment)).toEqual({ code: 1, output: expect.stringContaining('1 payment') });
    const ben = await one('wallets', 'ben');
    expect(ben).toEqual({ code: 0, output: expect.stringContaining('All 8 checks passed.') });
    for (const domain of ['payouts', 'withdrawals', 'wallets', 'settlement']) {
      expect(await one(domain, 'none')).toEqual({ code: 2, output: expect.stringContaining('There is no ') });
    }
    expect((await one('orders', ids.order)).code).toBe(2);
  });

  it('exits with 2 for an unknown stage, a wrong option and a service that does not run', async () => {
    const stage = await verify('--stage', 'none', '--domain', 'orders');
    expect(stage).toEqual({ code: 2, output: expect.stringContaining('Not checked: orders.') });
    const gone = await runVerify({ dataDir: dataDirWith({ api: 'http://127.0.0.1:1' }) });
    expect(gone).toEqual({ code: 2, output: expect.stringContaining('Nothing answers at http://127.0.0.1:1') });
    expect((await verify('--domain', 'none')).code).toBe(2);
    await service.kill();
    const killed = await runVerify({ dataDir: dataDirWith({}) });
    expect(killed).toEqual({ code: 2, output: expect.stringContaining('Is the service running?') });
  });
});
