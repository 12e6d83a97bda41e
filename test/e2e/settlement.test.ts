import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, rejectedRows, upload } from '../../scripts/transactions/import-file.ts';
import { writeSales } from '../../scripts/transactions/write-sales.ts';
import { Service } from '../support/service.ts';
import { groupsOf } from '../support/settlement-world.ts';

const service = new Service();
beforeAll(() => service.start({ IMPORT_WINDOW_ROWS: '500' }));
afterAll(() => service.stop());

const row = (changes: object = {}) => ({
  id: 'txn-1',
  merchant_id: 'm-1',
  amount_cents: 1_000,
  fee_cents: 29,
  status: 'PAID',
  paid_at: '2024-05-01T23:59:59.999Z',
  ...changes,
});

async function ended(id: string) {
  for (;;) {
    const { body } = await service.get(`/jobs/${id}`);
    if (['COMPLETED', 'FAILED', 'CANCELLED'].includes(body.status)) return body;
    await setTimeout(20);
  }
}

async function settle(from: string, to: string) {
  const { body } = await service.post('/jobs/settlement', { from, to });
  return body.job_id as string;
}

async function fileOf(id: string): Promise<string> {
  const answer = await service.get(`/downloads/${id}.csv`);
  expect(answer.status).toBe(302);
  return (await fetch(answer.headers.get('location') ?? '')).text();
}

describe('transactions', () => {
  it('are stored once, and a changed one is refused by its index', async () => {
    const body = { transactions: [row(), row({ id: 'txn-2', status: 'FAILED' })] };
    expect(await service.post('/transactions', body)).toMatchObject({
      status: 200,
      body: { received: 2, stored: 2, unchanged: 0 },
    });
    expect((await service.post('/transactions', body)).body).toEqual({ received: 2, stored: 0, unchanged: 2 });
    const changed = { transactions: [row({ id: 'txn-3' }), row({ amount_cents: 999, status: 'REFUNDED' })] };
    expect(await service.post('/transactions', changed)).toMatchObject({
      status: 422,
      body: {
        error: {
          code: 'IDEMPOTENCY_MISMATCH',
          details: [{ path: 'transactions[1].amount_cents' }, { path: 'transactions[1].status' }],
        },
      },
    });
    expect((await service.get('/transactions/txn-1')).body).toEqual({
      ...row(),
      settlement_date: '2024-05-01',
    });
    expect((await service.get('/transactions/txn-3')).status).toBe(200);
    expect((await service.get('/transactions/unknown')).status).toBe(404);
  });

  it('are all refused if one is bad', async () => {
    const answer = await service.post('/transactions', [row({ id: 'txn-9' }), row({ id: 'txn-10', fee_cents: -1 })]);
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { details: [{ path: 'transactions[1].fee_cents' }] } },
    });
    expect((await service.get('/transactions/txn-9')).status).toBe(404);
  });
});

describe('a job', () => {
  it('settles a range, and is completed only when the file exists', async () => {
    await service.post('/transactions', [row({ id: 'day-1', paid_at: '2024-05-02T00:00:00Z' })]);
    const accepted = await service.post('/jobs/settlement', { from: '2024-05-01', to: '2024-05-02' });
    const id = accepted.body.job_id;
    expect(accepted).toMatchObject({ status: 202, body: { status: 'QUEUED', from: '2024-05-01', to: '2024-05-02' } });
    expect(accepted.headers.get('location')).toBe(`/jobs/${id}`);
    const job = await ended(id);
    expect(job).toMatchObject({
      status: 'COMPLETED',
      progress: 100,
      processed: 32,
      total: 32,
      transactions: 4,
      download_url: `/downloads/${id}.csv`,
    });
    expect(groupsOf(await fileOf(id))).toEqual(
      new Map([
        ['m-1,2024-05-01', '2000,58,1942,2'],
        ['m-1,2024-05-02', '1000,29,971,1'],
      ]),
    );
    const { body } = await service.get('/settlements?merchant_id=m-1&from=2024-05-01&to=2024-05-31');
    expect(body.settlements).toMatchObject([
      { date: '2024-05-01', gross_cents: 2_000, net_cents: 1_942, txn_count: 2, unique_run_id: id },
      { date: '2024-05-02', gross_cents: 1_000 },
    ]);
    expect((await service.get('/jobs')).body.jobs[0]).toMatchObject({ job_id: id, status: 'COMPLETED' });
    expect((await service.post(`/jobs/${id}/cancel`)).status).toBe(409);
  });

  it('has no file before it is completed, or after a failure', async () => {
    const unknown = `job_${'0'.repeat(32)}`;
    for (const path of [
      `/jobs/${unknown}`,
      `/downloads/${unknown}.csv`,
      '/downloads/x.csv',
      '/downloads/x',
      '/jobs/x',
    ]) {
      expect((await service.get(path)).status, path).toBe(404);
    }
    expect((await service.post(`/jobs/${unknown}/cancel`)).status).toBe(404);
    const id = await settle('2024-01-01', '2024-03-01');
    expect((await service.get(`/downloads/${id}.csv`)).status).toBe(404);
    expect((await service.get(`/jobs/${id}`)).body.download_url).toBeUndefined();
    const cancelled = await service.post(`/jobs/${id}/cancel`);
    expect(cancelled).toMatchObject({ status: 202, body: { status: 'CANCELLING' } });
    expect(await ended(id)).toMatchObject({ status: 'CANCELLED' });
    expect((await service.get(`/downloads/${id}.csv`)).status).toBe(404);
  });

  it.each([
    [{ from: '2024-05-02', to: '2024-05-01' }, 'from'],
    [{ from: '2024-05-32', to: '2024-06-01' }, 'from'],
    [{ from: '2024-01-01', to: '2024-04-02' }, 'to'],
    [{ from: '2024-01-01', to: '9999-01-01' }, 'to'],
    [{ from: '2024-01-01' }, 'to'],
  ])('with %j is refused', async (body, path) => {
    const answer = await service.post('/jobs/settlement', body);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_ERROR' } } });
    expect(answer.body.error.details[0].path).toBe(path);
  });

  it('is one job for fifty requests at once with one key', async () => {
    const body = { from: '2024-05-01', to: '2024-05-01' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => service.post('/jobs/settlement', body, { 'Idempotency-Key': 'may' })),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(49);
    const other = await service.post('/jobs/settlement', { ...body, to: '2024-05-02' }, { 'Idempotency-Key': 'may' });
    expect(other).toMatchObject({ status: 422, body: { error: { code: 'IDEMPOTENCY_MISMATCH' } } });
  });
});

describe('settlements', () => {
  it('are listed page by page, each once, in the order of the file', async () => {
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const query = `from=2024-05-01&to=2024-05-31&limit=1${cursor}`;
      const { body } = await service.get(`/settlements?${query}`);
      seen.push(...body.settlements.map((one: { date: string }) => one.date));
      if (!body.next_cursor) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect(seen).toEqual(['2024-05-01', '2024-05-02']);
    expect((await service.get('/settlements?from=2024-05-01')).status).toBe(400);
    expect((await service.get('/settlements?from=2024-05-01&to=2024-05-02&cursor=x')).status).toBe(400);
  });
});

describe('kill -9', () => {
  const plan = { rows: 6_000, seed: 11, merchants: 20, from: '2024-02-27', days: 4 };

  it('in the middle of an import loses and doubles no row', { timeout: 120_000 }, async () => {
    const file = join(service.dataDir, 'sales.csv');
    writeSales(plan, file);
    const id = await upload(service.endpoints, file);
    while ((await service.get(`/transactions/imports/${id}`)).body.rows === 0) await setTimeout(5);
    await service.kill();
    await service.start({ IMPORT_WINDOW_ROWS: '500' });
    const done = await finished(service.endpoints, id);
    expect(done).toMatchObject({ status: 'COMPLETED', rows: plan.rows, rejected: 0 });
    expect(done.stored + done.unchanged).toBe(plan.rows);
    await expect(rejectedRows(service.endpoints, id)).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  it('repeated during a job ends with the file of an undisturbed job', { timeout: 180_000 }, async () => {
    const id = await settle('2024-02-27', '2024-03-01');
    for (const part of [5, 35, 70]) {
      while ((await service.get(`/jobs/${id}`)).body.progress < part) await setTimeout(1);
      await service.kill();
      await service.start({ IMPORT_WINDOW_ROWS: '500' });
    }
    const job = await ended(id);
    expect(job).toMatchObject({ status: 'COMPLETED', processed: 64, transactions: plan.rows });

    const other = await settle('2024-02-27', '2024-03-01');
    const { generated_at } = await ended(other);
    const file = await fileOf(id);
    expect(file).toBe((await fileOf(other)).replaceAll(other, id).replaceAll(generated_at, job.generated_at));
    const expected = readFileSync(join(service.dataDir, 'sales.csv.expected.csv'), 'utf8');
    expect(groupsOf(file)).toEqual(groupsOf(expected));
  });
});
