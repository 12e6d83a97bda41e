import { setTimeout } from 'node:timers/promises';
import type { Recorder } from '../recorder.ts';

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const DAY = daysAgo(1);
const SALE = {
  id: 'txn-20261119-0041',
  merchant_id: 'toko-maju',
  amount_cents: 125_000,
  fee_cents: 3_625,
  status: 'PAID',
  paid_at: `${DAY}T08:30:00Z`,
};
const CSV = `id,merchant_id,amount_cents,fee_cents,status,paid_at
txn-20261119-0102,aling-nena,842075,24420,PAID,${DAY}T09:02:11Z
txn-20261119-0103,aling-nena,15000,435,REFUNDED,${DAY}T09:40:51Z
txn-20261119-0104,aling-nena,-1,0,PAID,${DAY}T10:00:00Z
`;

/** Transactions, their import and their settlement. */
export async function walkSettlement(recorder: Recorder): Promise<void> {
  const second = { ...SALE, id: 'txn-20261119-0057', amount_cents: 48_000, fee_cents: 1_392 };
  await recorder.ask('storeTransactions', 200, { body: { transactions: [SALE, second] } });
  await recorder.ask('getTransaction', 200, { params: { transaction_id: SALE.id } });
  await recorder.ask('storeTransactions', 422, { body: { transactions: [{ ...SALE, amount_cents: 1 }] } });
  await recorder.ask('getTransaction', 404, { params: { transaction_id: 'txn-20261119-9999' } });
  await walkImport(recorder);
  const asked = { headers: { 'Idempotency-Key': `settle-${DAY}` }, body: { from: DAY, to: DAY } };
  const { json: job } = await recorder.ask('createJob', 202, asked);
  await recorder.askUntil('getJob', ({ status }) => status === 'COMPLETED', { params: { job_id: job.job_id } });
  await recorder.ask('explainJob', 200, { params: { job_id: job.job_id } });
  await recorder.ask('download', 302, { params: { file: `${job.job_id}.csv` } });
  await recorder.ask('listSettlements', 200, { query: { from: DAY, to: DAY, merchant_id: 'toko-maju' } });
  await recorder.ask('cancelJob', 409, { params: { job_id: job.job_id } });
  const { json: other } = await recorder.ask('createJob', 202, { body: { from: daysAgo(90), to: DAY } });
  await recorder.ask('cancelJob', 202, { params: { job_id: other.job_id }, query: { reason: 'wrong range' } });
  await recorder.ask('listJobs', 200, { query: { limit: '2' } });
}

async function walkImport(recorder: Recorder): Promise<void> {
  const { json: created } = await recorder.ask('createImport', 201, { body: { format: 'csv' } });
  const params = { import_id: created.import_id };
  await recorder.ask('startImport', 409, { params });
  const upload = await fetch(created.upload_url, { method: 'PUT', body: CSV });
  if (!upload.ok) throw new Error(`the upload was answered ${upload.status}`);
  await setTimeout(100);
  await recorder.ask('startImport', 202, { params });
  await recorder.askUntil('getImport', ({ status }) => status === 'COMPLETED', { params });
  await recorder.ask('getRejected', 302, { params });
}
