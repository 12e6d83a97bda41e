import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '../../lib/events/event.ts';
import { eventOfItem, newEventItem } from '../../lib/events/items.ts';
import { BEGINNING, type ImportId } from '../../lib/imports/import.ts';
import { importItem, importOf } from '../../lib/imports/items.ts';
import { type Item, StoredItemError } from '../../lib/kernel/codec.ts';
import type { Day } from '../../lib/kernel/day.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { Asset } from '../../lib/kernel/money.ts';
import type { UserId } from '../../lib/ledger/index.ts';
import type { OrderId, ProductId as ProductIdOfOrders } from '../../lib/orders/ids.ts';
import { orderItem, orderOf, productItem, productOf } from '../../lib/orders/items.ts';
import type { Order } from '../../lib/orders/order.ts';
import { batchItem, batchOf, batchStateOf } from '../../lib/payouts/dynamo-batch-items.ts';
import { chunkItem, chunkOf } from '../../lib/payouts/dynamo-chunk-items.ts';
import { payoutItem, payoutOf } from '../../lib/payouts/dynamo-payout-items.ts';
import type { Checkpoint, ChunkId } from '../../lib/settlement/chunk.ts';
import {
  checkpointItem,
  checkpointOf,
  jobItem,
  jobOf,
  settlementItem,
  settlementOf,
} from '../../lib/settlement/items.ts';
import type { Job, JobId } from '../../lib/settlement/job.ts';
import { rowItem, rowOf, segmentItem, segmentOf, settledColumnsOf } from '../../lib/transactions/items.ts';
import type { MerchantId, Transaction } from '../../lib/transactions/transaction.ts';
import { captureEntry } from '../../lib/wallets/entries.ts';
import type { PaymentId, ProviderId, RefundId } from '../../lib/wallets/ids.ts';
import { paymentItem, paymentOf, providerItem, providerOf } from '../../lib/wallets/items.ts';
import type { WithdrawalId } from '../../lib/withdrawals/ids.ts';
import {
  deniedItem,
  deniedOf,
  openOf,
  PROCESSOR_KEY,
  processorOf,
  withdrawalItem,
  withdrawalOf,
} from '../../lib/withdrawals/items.ts';
import { newWithdrawal, type Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { aBatch, aChunk, aPayout, currency, NOW } from '../support/builders.ts';

const PAYMENT = {
  id: 'pay_1' as PaymentId,
  userId: 'ana' as UserId,
  providerId: 'water' as ProviderId,
  externalReference: 'bill-1',
  money: { minor: 150n, currency: currency('IDR') },
  workedOnUntil: 17,
  createdAt: NOW,
  updatedAt: NOW,
};
const REFUSAL = { code: 'CLOSED', message: 'The account is closed.', retryable: false };
const WITHDRAWAL = {
  ...newWithdrawal(
    {
      userId: 'ana' as UserId,
      money: { minor: 2n ** 70n, currency: 'ETH' as Asset },
      network: 'ethereum',
      address: '0x1',
      maxRetries: 2,
      source: 'wallet',
    },
    { id: 'wdr_1' as WithdrawalId, key: 'key-1' as IdempotencyKey, requiredConfirmations: 12 },
    17,
  ),
  lease: { owner: 'worker', until: 18 },
  deadLetter: { at: NOW, messageId: 'm', receives: 5 },
};
const JOB: Job = {
  id: 'job_1' as JobId,
  status: 'COMPLETED',
  from: '2026-11-20' as Day,
  to: '2026-11-20' as Day,
  shardsPerChunk: 4,
  createdAt: NOW,
  startedAt: NOW,
  finishedAt: NOW,
  outcome: { file: 'f.csv', manifest: 'f.json', sha256: 'e3b0', bytes: 1, rows: 1 },
  failure: { code: 'STEP_FAILED', message: 'A step failed.' },
};
const SUMS = { gross: 2n ** 60n, fee: 1n, count: 3 };
const TRANSACTION: Transaction = {
  id: 'txn-1' as Transaction['id'],
  merchantId: 'm-1' as MerchantId,
  amountCents: 2n ** 60n,
  feeCents: 0n,
  status: 'PAID',
  paidAt: Date.parse(NOW),
};
const ORDER: Order = {
  id: 'ord_1' as OrderId,
  buyerId: 'ana',
  lines: [{ productId: 'shirt' as ProductIdOfOrders, quantity: 2, priceCents: 5n }],
  totalCents: 10n,
  createdAt: NOW,
};
const EVENT: DomainEvent = {
  id: 'payment.created:pay_1',
  type: 'payment.created',
  source: '/sluice/wallets',
  subject: 'pay_1',
  time: NOW,
  requestId: 'request-1',
  data: { amount: '150', sums: { IDR: '150' } },
};

type Sample = { encode: () => Item; decode: (item: Item) => unknown; value: unknown; unread?: readonly string[] };
const sample = <Value>(
  encode: (value: Value) => Item,
  decode: (item: Item) => Value,
  value: Value,
  ...unread: string[]
): Sample => ({ encode: () => encode(value), decode, value, unread });

const INDEX_1 = ['gsi1pk', 'gsi1sk'];
const INDEX_2 = ['gsi2pk', 'gsi2sk'];

/** One item per entity with all attributes, and the attributes that no field is read from. */
const SAMPLES: Record<string, Sample> = {
  batch: sample(
    batchItem,
    batchOf,
    aBatch({ startedAt: NOW, finishedAt: NOW, chunksDone: new Set([1]), reopening: true }),
    ...INDEX_1,
    ...INDEX_2,
  ),
  chunk: sample(
    chunkItem,
    chunkOf,
    aChunk({
      resentAt: 3,
      lease: { owner: 'worker', until: 17 },
      deadLetter: { at: NOW, messageId: 'm', receives: 5 },
    }),
    'open',
  ),
  'payout that failed': sample(
    payoutItem,
    payoutOf,
    aPayout({ status: 'failed', failure: REFUSAL, unanswered: true, reference: 'batch.0001.000001.2' }),
    ...INDEX_2,
  ),
  'payout that was paid': sample(payoutItem, payoutOf, aPayout({ status: 'completed', bankId: 'bank-1' })),
  job: sample(jobItem, jobOf, JOB, ...INDEX_1),
  checkpoint: sample<Checkpoint>((checkpoint) => checkpointItem(JOB.id, checkpoint), checkpointOf, {
    chunk: '2026-11-20#00-03' as ChunkId,
    transactions: 4,
    part: { key: 'part', rows: 1, bytes: 2, sha256: 'e3b0', sums: SUMS },
  }),
  settlement: sample(
    settlementItem,
    settlementOf,
    { ...SUMS, merchantId: TRANSACTION.merchantId, day: JOB.from, generatedAt: NOW, runId: JOB.id },
    'net',
    'checksum',
  ),
  transaction: sample(rowItem, rowOf, TRANSACTION),
  segment: sample(segmentItem, segmentOf, {
    day: '2026-11-20' as Day,
    merchantId: TRANSACTION.merchantId,
    transactions: [TRANSACTION, { ...TRANSACTION, id: 'txn-2' as Transaction['id'], status: 'REFUNDED' }],
  }),
  import: sample(
    importItem,
    importOf,
    {
      id: 'imp_1' as ImportId,
      status: 'COMPLETED',
      format: 'csv',
      createdAt: NOW,
      touchedAt: 17,
      checkpoint: { ...BEGINNING, columns: ['id'] },
      ...{ bytes: 1, etag: 'e', report: 'r', failure: 'f' },
    },
    ...INDEX_1,
  ),
  product: sample(productItem, productOf, {
    id: 'shirt' as ProductIdOfOrders,
    name: 'Shirt',
    priceCents: 2n ** 60n,
    stock: 1,
    initialStock: 2,
    createdAt: NOW,
  }),
  order: sample(orderItem, orderOf, ORDER),
  event: sample(newEventItem, eventOfItem, EVENT, 'gsi1pk', 'gsi2pk'),
  'payment that was charged': sample(
    paymentItem,
    paymentOf,
    {
      ...{ ...PAYMENT, key: 'k' as IdempotencyKey, status: 'APPROVED', gatewayId: 'g' },
      ...{ capture: captureEntry(PAYMENT, NOW), refunds: [{ id: 'rfd_1' as RefundId, minor: 5n, at: NOW }] },
      history: { executions: [{ at: NOW, reference: 1, calls: [{ asked: 'send', answer: 'paid' }] }], omitted: 0 },
    },
    'refund_count',
  ),
  'payment that was declined': sample(paymentItem, paymentOf, {
    ...PAYMENT,
    status: 'DECLINED',
    failure: { code: 'CARD', message: 'No.' },
  }),
  provider: sample(providerItem, providerOf, { id: PAYMENT.providerId, name: 'Water', createdAt: NOW }, ...INDEX_1),
  'withdrawal in work': sample<Withdrawal>(
    withdrawalItem,
    withdrawalOf,
    { ...WITHDRAWAL, status: 'PROCESSING', failure: REFUSAL, transaction: { hash: 'h', confirmations: 3 } },
    ...INDEX_1,
    ...INDEX_2,
  ),
  'withdrawal that failed': sample<Withdrawal>(
    withdrawalItem,
    withdrawalOf,
    {
      ...{ ...WITHDRAWAL, status: 'FAILED', failure: REFUSAL, unanswered: true, reference: 'wdr_1.2' },
      history: {
        executions: [{ at: NOW, reference: 2, calls: [{ asked: 'look_up', answer: 'refused', code: 'RBF' }] }],
        omitted: 3,
      },
    },
    ...INDEX_1,
  ),
  'denied address': sample(
    deniedItem,
    deniedOf,
    { pk: 'DENIED#ethereum#digest', network: 'ethereum', address: '0x1', reason: 'fraud', createdAt: NOW },
    ...INDEX_1,
  ),
};

describe.each(Object.entries(SAMPLES))('a stored %s', (_name, { encode, decode, value, unread = [] }) => {
  const item = encode();
  const attributes = Object.keys(item).filter((name) => name !== 'pk' && name !== 'sk' && !unread.includes(name));

  it('is read unchanged', () => {
    expect(decode(item)).toEqual(value);
  });

  it('is read without the attributes of another version', () => {
    expect(decode({ ...item, from_another_version: 1 })).toEqual(value);
  });

  it.each(attributes)('is refused by key and attribute with a wrong %s', (attribute) => {
    const wrong = { ...item, [attribute]: { secret: true } };
    expect(() => decode(wrong)).toThrow(StoredItemError);
    expect(() => decode(wrong)).toThrow(`${item.pk} ${item.sk}: ${attribute}`);
    expect(() => decode(wrong)).not.toThrow('true');
  });
});

it('a projection is checked as well', () => {
  const key = { pk: 'BATCH#b', sk: 'BATCH', created_at: '2026-11-20T10:00:00.000Z' };
  expect(batchStateOf({ ...key, status: 'stopped', run: 2 })).toEqual({
    ...{ status: 'stopped', run: 2, cancels: 0, createdAt: key.created_at },
  });
  expect(() => batchStateOf({ ...key, status: 'stopped' })).toThrow('BATCH#b BATCH: run: expected number');
  expect(() => openOf({ pk: 'WITHDRAWAL#w', sk: 'WITHDRAWAL' })).toThrow(
    'WITHDRAWAL#w WITHDRAWAL: id: expected string',
  );
  expect(() =>
    settledColumnsOf({ pk: 'DAY#2026-11-20#01', sk: 'm#1', statuses: 'P', amounts: '1,x', fees: '0' }),
  ).toThrow('DAY#2026-11-20#01 m#1: amounts: expected whole numbers between commas');
  expect(() => processorOf({ ...PROCESSOR_KEY, stopped: 'no' })).toThrow(
    'PROCESSOR PROCESSOR: stopped: expected boolean',
  );
});

it('columns of different lengths are refused by the key of their segment', () => {
  const item = SAMPLES.segment?.encode() ?? {};
  expect(() => segmentOf({ ...item, fees: '0' })).toThrow(`${item.pk} ${item.sk}: Error: the columns`);
});

it('an incomplete optional object is refused', () => {
  const { lease_until: _, ...half } = chunkItem(aChunk({ lease: { owner: 'worker', until: 17 } }));
  expect(() => chunkOf(half)).toThrow('BATCH#batch CHUNK#0001: lease_until: is missing');
});

it('an unreadable item is not written', () => {
  expect(() => batchItem(aBatch({ run: Number.NaN }))).toThrow('BATCH#batch BATCH: run: expected number');
});
