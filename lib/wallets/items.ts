import { createHash } from 'node:crypto';
import type { Currency } from '../kernel/money.ts';
import type { UserId } from '../ledger/index.ts';
import type { PaymentId, ProviderId } from './ids.ts';
import type { Failure, Payment, PaymentStatus, Refund } from './payment.ts';
import type { Provider } from './provider.ts';

/**
 * Payments and providers in DynamoDB, in the wallets table:
 *
 *     pk PAYMENT#<id>        sk PAYMENT        the payment; gsi1 PENDING#<0..7>: while its outcome is not known
 *     pk PAYMENT#<id>        sk ENTRY#CAPTURE  the entry that gave it to its provider
 *     pk PROVIDER#<id>       sk PROVIDER       the provider; gsi1 PROVIDERS: all of them
 *     pk IDEM#<scope>#<key>  sk IDEM           the resource that a key made; kept for a day
 *
 * Wallets and their entries are items of the ledger. Amounts are strings, so that no digit is lost. Attributes that
 * nothing reads separately are one JSON attribute: the fewer attributes, the cheaper a write.
 */
export type Item = Record<string, unknown>;

export const paymentKey = (id: PaymentId) => ({ pk: `PAYMENT#${id}`, sk: 'PAYMENT' });
export const providerKey = (id: ProviderId) => ({ pk: `PROVIDER#${id}`, sk: 'PROVIDER' });
export const ALL_PROVIDERS = 'PROVIDERS';

/** Every payment writes here twice, which is more than one partition takes. */
export const PENDING_SHARDS = 8;
export const pendingPartition = (shard: number) => `PENDING#${shard}`;

export function paymentItem(payment: Payment): Item {
  const { id, userId, providerId, externalReference, money, status, createdAt, updatedAt, workedOnUntil } = payment;
  return {
    ...paymentKey(id),
    ...(status === 'PENDING' ? pendingKeys(payment) : {}),
    id,
    user_id: userId,
    provider_id: providerId,
    external_reference: externalReference,
    amount: `${money.minor}`,
    currency: money.currency,
    status,
    worked_on_until: workedOnUntil,
    created_at: createdAt,
    updated_at: updatedAt,
    ...outcomeItem(payment),
  };
}

function pendingKeys({ id, workedOnUntil }: Payment) {
  const shard = (createHash('sha256').update(id).digest()[0] ?? 0) % PENDING_SHARDS;
  return { gsi1pk: pendingPartition(shard), gsi1sk: `${new Date(workedOnUntil).toISOString()}#${id}` };
}

function outcomeItem(payment: Payment): Item {
  if (payment.status === 'PENDING') return {};
  if (payment.status !== 'APPROVED') return { failure: payment.failure };
  const refunds = payment.refunds.map(({ id, minor, at }) => ({ id, amount: `${minor}`, at }));
  return { gateway_id: payment.gatewayId, refunds: JSON.stringify(refunds), refund_count: refunds.length };
}

export function paymentOf(item: Item): Payment {
  const stored = item as {
    id: PaymentId;
    user_id: UserId;
    provider_id: ProviderId;
    external_reference: string;
    amount: string;
    currency: Currency;
    status: PaymentStatus;
    worked_on_until: number;
    created_at: string;
    updated_at: string;
  };
  const common = {
    id: stored.id,
    userId: stored.user_id,
    providerId: stored.provider_id,
    externalReference: stored.external_reference,
    money: { minor: BigInt(stored.amount), currency: stored.currency },
    createdAt: stored.created_at,
    updatedAt: stored.updated_at,
    workedOnUntil: stored.worked_on_until,
  };
  if (stored.status === 'PENDING') return { ...common, status: stored.status };
  if (stored.status !== 'APPROVED') return { ...common, status: stored.status, failure: item.failure as Failure };
  const refunds = JSON.parse(item.refunds as string) as { id: Refund['id']; amount: string; at: string }[];
  return {
    ...common,
    status: stored.status,
    gatewayId: item.gateway_id as string,
    refunds: refunds.map(({ id, amount, at }) => ({ id, minor: BigInt(amount), at })),
  };
}

export function providerItem({ id, name, createdAt }: Provider): Item {
  const listed = { gsi1pk: ALL_PROVIDERS, gsi1sk: `${createdAt}#${id}` };
  return { ...providerKey(id), ...listed, id, name, created_at: createdAt };
}

export function providerOf(item: Item): Provider {
  const stored = item as { id: ProviderId; name: string; created_at: string };
  return { id: stored.id, name: stored.name, createdAt: stored.created_at };
}
