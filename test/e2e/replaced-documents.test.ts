import { describe, expect, it } from 'vitest';
import { sharedService } from './shared-service.ts';

/*
 * The documents of the systems that Sluice replaces, posted unchanged.
 */

const service = sharedService();

const VENDORS = {
  batch_id: 'payout-2026-11-20',
  payouts: [
    {
      vendor_id: 'VENDOR-001',
      vendor_name: 'Toko Elektronik Jakarta',
      amount: 1_500_000,
      currency: 'IDR',
      bank_account: 'ID****7823',
      bank_name: 'Bank Central Asia',
      transaction_ids: ['TXN-1001', 'TXN-1002'],
    },
    {
      vendor_id: 'VENDOR-002',
      vendor_name: 'Manila Crafts Inc',
      amount: 25_750.5,
      currency: 'PHP',
      bank_account: 'PH****4410',
      bank_name: 'BDO Unibank',
      transaction_ids: ['TXN-1003'],
    },
    {
      vendor_id: 'VENDOR-003',
      vendor_name: 'Hanoi Fashion',
      amount: 4_200_000,
      currency: 'VND',
      bank_account: 'VN****9912',
      bank_name: 'Vietcombank',
      transaction_ids: [],
    },
  ],
};

const PIX = {
  batch_id: 'pix-2026-11-20',
  items: [
    { external_id: 'w-1', user_id: 'u-1', amount_cents: 12_345, pix_key: 'ana@example.com' },
    { external_id: 'w-2', user_id: 'u-2', amount_cents: 500, pix_key: '+5511987654321' },
  ],
};

describe('a batch of vendor payouts with masked accounts', () => {
  it('is accepted, paid, and answers with statistics and a report', async () => {
    const created = await service.post('/batches', VENDORS);
    expect(created.status).toBe(201);
    const batch = await service.finished(VENDORS.batch_id);
    expect(batch.statistics).toEqual({
      total: 3,
      pending: 0,
      processing: 0,
      completed: 3,
      failed: 0,
      retrying: 0,
      unknown: 0,
      cancelled: 0,
      returned: 0,
      success_rate_percent: 100,
      completion_rate_percent: 100,
    });
    const { body: report } = await service.get(`/batches/${VENDORS.batch_id}/report`);
    expect(report).toMatchObject({
      batch_id: VENDORS.batch_id,
      processed: 3,
      successful: 3,
      failed: 0,
      duplicates: 0,
      details: [
        { external_id: 'VENDOR-001', status: 'completed', amount_cents: 150_000_000 },
        { external_id: 'VENDOR-002', status: 'completed', amount_cents: 2_575_050 },
        { external_id: 'VENDOR-003', status: 'completed', amount_cents: 4_200_000 },
      ],
    });
    const { body: listed, text } = await service.get(`/batches/${VENDORS.batch_id}/payouts`);
    expect(listed.payouts.map(({ destination }: { destination: object }) => destination)).toMatchObject([
      { bank_account: '****7823' },
      { bank_account: '****4410' },
      { bank_account: '****9912' },
    ]);
    expect(text).not.toContain('ID****7823');
  });

  it('is refused with an account as answers show it: an answer was posted back', async () => {
    const payouts = VENDORS.payouts.map((payout) => ({ ...payout, bank_account: payout.bank_account.slice(2) }));
    const answer = await service.post('/batches', { batch_id: 'posted-back', payouts });
    expect(answer.status).toBe(400);
    expect(answer.body.error.details.map(({ path }: { path: string }) => path)).toEqual(
      payouts.map((_, index) => `payouts[${index}].bank_account`),
    );
  });
});

describe('a batch of PIX items', () => {
  it('is paid once, and a repeated request gets 201 and the same bytes', async () => {
    const [first, second] = [await service.post('/batches', PIX), await service.post('/batches', PIX)];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.text).toBe(first.text);
    expect([first.headers.get('idempotent-replayed'), second.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ]);
    await service.finished(PIX.batch_id);
    const { body: report } = await service.get(`/batches/${PIX.batch_id}/report`);
    expect(report.details).toEqual([
      { external_id: 'w-1', status: 'completed', amount_cents: 12_345 },
      { external_id: 'w-2', status: 'completed', amount_cents: 500 },
    ]);
  });

  it('answers retry-failed with the number that was queued again', async () => {
    await service.finished(PIX.batch_id);
    const { status, body } = await service.post(`/batches/${PIX.batch_id}/retry-failed`);
    expect(status).toBe(202);
    expect(body).toMatchObject({ requeued: 0, reopened_count: 0 });
  });
});
