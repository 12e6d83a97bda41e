import { createHash } from 'node:crypto';
import { z } from 'zod';
import { reservation, reservationAttribute } from '../access/items.ts';
import { digits, entity, type Fields, fields, flat, type Item, json, named, text } from '../kernel/codec.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import type { Currency, Money } from '../kernel/money.ts';
import type { UserId } from '../ledger/index.ts';
import { entryAttribute } from '../ledger/items.ts';
import { historyItem, historyText } from '../rail/items.ts';
import type { PaymentId, ProviderId, RefundId } from './ids.ts';
import type { ApprovedPayment, Payment, PendingPayment, Refund, UnpaidPayment } from './payment.ts';
import type { Provider } from './provider.ts';

/**
 * Payments and providers in DynamoDB, in the wallets table:
 *
 *     pk PAYMENT#<id>        sk PAYMENT        the payment, with the entry that gave it to its provider;
 *                                              gsi1 PENDING#<0..31>: while its outcome is not known
 *     pk PAYMENT#<id>        sk ENTRY#CAPTURE  that entry, of payments approved at data version 2 or earlier
 *     pk PROVIDER#<id>       sk PROVIDER       the provider; gsi1 PROVIDERS: all of them
 *     pk IDEM#<scope>#<key>  sk IDEM           the deposit or refund that a key made; kept for a day
 *
 * Wallets and their entries are items of the ledger. Amounts are strings, so that no digit is lost. Attributes that
 * nothing reads separately are one JSON attribute: the fewer attributes, the cheaper a write.
 */
export const paymentKey = (id: PaymentId) => ({ pk: `PAYMENT#${id}`, sk: 'PAYMENT' });
export const providerKey = (id: ProviderId) => ({ pk: `PROVIDER#${id}`, sk: 'PROVIDER' });
export const ALL_PROVIDERS = 'PROVIDERS';

/** Every payment writes here twice: 10,000 payments/s are 625 writes/s in each of these partitions. */
export const PENDING_SHARDS = 32;
export const pendingPartition = (shard: number) => `PENDING#${shard}`;

const common: Fields<Omit<PendingPayment, 'status'>> = {
  id: text<PaymentId>(),
  key: named('idempotency_key', text<IdempotencyKey>().optional()),
  userId: text<UserId>(),
  providerId: text<ProviderId>(),
  externalReference: text(),
  money: flat<Money>({ minor: named('amount', digits()), currency: text<Currency>() }),
  workedOnUntil: z.number(),
  reservation: reservationAttribute.optional(),
  history: historyText.optional(),
  createdAt: text(),
  updatedAt: text(),
};

const refund = fields<Refund>({
  id: text<RefundId>(),
  minor: named('amount', digits()),
  at: text(),
  reservation: reservation.optional(),
});

const { encode: itemOf, decode } = entity<Payment>(
  z.discriminatedUnion('status', [
    fields<PendingPayment>({ ...common, status: z.literal('PENDING') }),
    fields<ApprovedPayment>({
      ...common,
      status: z.literal('APPROVED'),
      gatewayId: text(),
      capture: entryAttribute.optional(),
      refunds: json(z.array(refund)),
    }),
    fields<UnpaidPayment>({
      ...common,
      status: z.enum(['DECLINED', 'FAILED']),
      failure: z.object({ code: z.string(), message: z.string() }),
    }),
  ]),
  (payment) => ({
    ...paymentKey(payment.id),
    ...(payment.status === 'PENDING' ? pendingKeys(payment) : {}),
    ...(payment.status === 'APPROVED' ? { refund_count: payment.refunds.length } : {}),
  }),
);

export const paymentOf = decode;

export function paymentItem({ history, ...payment }: Payment): Item {
  const item = itemOf(payment);
  return { ...item, ...historyItem(history, item) };
}

function pendingKeys({ id, workedOnUntil }: PendingPayment) {
  const shard = (createHash('sha256').update(id).digest()[0] ?? 0) % PENDING_SHARDS;
  return { gsi1pk: pendingPartition(shard), gsi1sk: `${new Date(workedOnUntil).toISOString()}#${id}` };
}

export const { encode: providerItem, decode: providerOf } = entity(
  fields<Provider>({ id: text<ProviderId>(), name: text(), createdAt: text() }),
  ({ id, createdAt }) => ({ ...providerKey(id), gsi1pk: ALL_PROVIDERS, gsi1sk: `${createdAt}#${id}` }),
);
