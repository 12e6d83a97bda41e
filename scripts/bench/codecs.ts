/** Microseconds to encode and decode the entities that there are most of. Needs no service. */

import { createSecretKey, randomBytes } from 'node:crypto';
import { range } from 'es-toolkit';
import { openerOf, sealerOf } from '../../lib/crypto/cipher.ts';
import type { Day } from '../../lib/kernel/day.ts';
import { parseCurrency } from '../../lib/kernel/money.ts';
import { openPayout, payoutChanges, payoutItem, payoutOf, sealPayout } from '../../lib/payouts/dynamo-payout-items.ts';
import { type BatchId, payoutId } from '../../lib/payouts/ids.ts';
import type { Payout } from '../../lib/payouts/payout.ts';
import { rowItem, rowOf, segmentItem, segmentOf, settledColumnsOf } from '../../lib/transactions/items.ts';
import type { MerchantId, Transaction, TransactionId } from '../../lib/transactions/transaction.ts';
import { median } from './measure.ts';

export const CODECS_NOTES =
  'Median of the runs, in microseconds of processor time. A segment has 99 rows; settling decodes three of its columns.';

const CALLS = 20_000;
const NOW = '2026-11-20T10:00:00.000Z';

const id = payoutId({ batchId: 'batch-1' as BatchId, chunk: 1, position: 17 });
const currency = parseCurrency('IDR');
if (!currency) throw new Error('IDR is a currency');
const pending: Payout = {
  id,
  externalId: 'vendor-17',
  payee: { id: 'vendor-17', name: 'Toko Maju' },
  money: { minor: 15_000_050n, currency },
  destination: { type: 'bank_account', bankAccount: '1234567890', bankName: 'BCA' },
  transactionIds: ['txn-1'],
  reference: `${id}.1`,
  attempts: 0,
  unanswered: false,
  updatedAt: NOW,
  status: 'pending',
};
const paid: Payout = { ...pending, attempts: 1, status: 'completed', bankId: 'bank-17' };
const rows = range(99).map(
  (index): Transaction => ({
    id: `txn-${index}` as TransactionId,
    merchantId: 'merchant-17' as MerchantId,
    amountCents: 123_456n,
    feeCents: 1_234n,
    status: 'PAID',
    paidAt: Date.parse(NOW) + index,
  }),
);
const [row] = rows as [Transaction];
const segment = { day: '2026-11-20' as Day, merchantId: row.merchantId, transactions: rows };
const [paidItem, storedRow, storedSegment] = [payoutItem(paid), rowItem(row), segmentItem(segment)];

const key = createSecretKey(randomBytes(32));
const [sealer, opener] = [sealerOf('payouts', [1, key]), openerOf('payouts', new Map([[1, key]]))];
const sealed = sealPayout(sealer, paid);

const MEASURED: Record<string, () => unknown> = {
  'payout: encode': () => payoutItem(pending),
  'payout: decode': () => payoutOf(paidItem),
  'payout: encrypt': () => sealPayout(sealer, pending),
  'payout: decrypt': () => openPayout(opener, sealed),
  'payout: encode the changes': () => payoutChanges(pending, paid),
  'transaction: encode': () => rowItem(row),
  'transaction: decode': () => rowOf(storedRow),
  'segment: encode': () => segmentItem(segment),
  'segment: decode': () => segmentOf(storedSegment),
  'segment: decode to settle': () => settledColumnsOf(storedSegment),
};

export function measureCodecs(runs: number): { readonly what: string; readonly microseconds: number }[] {
  return Object.entries(MEASURED).map(([what, call]) => {
    secondsOf(call); // compiled by the engine before it counts
    const microseconds = (median(range(runs).map(() => secondsOf(call))) / CALLS) * 1e6;
    return { what, microseconds: Number(microseconds.toFixed(2)) };
  });
}

/** Of the processor, so that other processes do not count. */
function secondsOf(call: () => unknown): number {
  const before = process.cpuUsage();
  for (let count = 0; count < CALLS; count += 1) call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
