import { createHash } from 'node:crypto';
import type { Currency, Unit } from '../kernel/money.ts';
import type { WithdrawalId } from '../withdrawals/ids.ts';
import type { PaymentId, ProviderId, UserId } from './ids.ts';
import type { Account, Entry, EntryType } from './journal.ts';
import type { Failure, Payment, PaymentStatus, Refund } from './payment.ts';
import type { Provider } from './provider.ts';
import type { Line, Wallet } from './wallet.ts';

/**
 * How wallets lie in DynamoDB:
 *
 *     pk WALLET#<user>       sk WALLET         the balances, and the number of entries that made them
 *     pk WALLET#<user>       sk ENTRY#<seq>    the statement: every entry that moved the wallet, without a gap
 *     pk PAYMENT#<id>        sk PAYMENT        the payment; gsi1 PENDING#<0..7>: while its outcome is not known
 *     pk PAYMENT#<id>        sk ENTRY#CAPTURE  the entry that gave it to its provider
 *     pk WITHDRAWAL#<id>     sk ENTRY#CAPTURE  the entry of what was withdrawn; the withdrawal lies in its own table
 *     pk PROVIDER#<id>       sk PROVIDER       the provider; gsi1 PROVIDERS: all of them
 *     pk IDEM#<scope>#<key>  sk IDEM           what a key stands for, for a day
 *
 * Amounts are strings, which cannot lose a digit on the way. What nothing asks for by itself is one JSON attribute: the
 * fewer attributes, the cheaper a write.
 */
export type Item = Record<string, unknown>;

export const walletKey = (userId: UserId) => ({ pk: `WALLET#${userId}`, sk: 'WALLET' });
export const LINES = 'ENTRY#';
export const lineKey = (userId: UserId, seq: number) => ({
  pk: `WALLET#${userId}`,
  sk: `${LINES}${String(seq).padStart(12, '0')}`,
});
export const paymentKey = (id: PaymentId) => ({ pk: `PAYMENT#${id}`, sk: 'PAYMENT' });
export const captureKey = (id: PaymentId) => ({ pk: `PAYMENT#${id}`, sk: 'ENTRY#CAPTURE' });
export const withdrawnKey = (id: WithdrawalId) => ({ pk: `WITHDRAWAL#${id}`, sk: 'ENTRY#CAPTURE' });
export const providerKey = (id: ProviderId) => ({ pk: `PROVIDER#${id}`, sk: 'PROVIDER' });
export const ALL_PROVIDERS = 'PROVIDERS';

/** Every payment writes here twice, which is more than one partition takes. */
export const PENDING_SHARDS = 8;
export const pendingPartition = (shard: number) => `PENDING#${shard}`;

export function walletItem({ userId, balances, seq, createdAt }: Wallet): Item {
  const amounts = [...balances].map(([currency, minor]) => [currency, `${minor}`]);
  return { ...walletKey(userId), user_id: userId, balances: Object.fromEntries(amounts), seq, created_at: createdAt };
}

export function walletOf(item: Item): Wallet {
  const stored = item as { user_id: UserId; balances: Record<Unit, string>; seq: number; created_at: string };
  const balances = Object.entries(stored.balances).map(([code, minor]) => [code as Unit, BigInt(minor)] as const);
  return {
    userId: stored.user_id,
    balances: new Map(balances.sort(([a], [b]) => (a < b ? -1 : 1))),
    seq: stored.seq,
    createdAt: stored.created_at,
  };
}

export function entryItem({ id, type, postings, paymentId, withdrawalId, at }: Entry): Item {
  const written = postings.map(({ account, amount, currency }) => ({ account, amount: `${amount}`, currency }));
  return {
    ...{ entry_id: id, type, postings: JSON.stringify(written), at },
    ...(paymentId ? { payment_id: paymentId } : {}),
    ...(withdrawalId ? { withdrawal_id: withdrawalId } : {}),
  };
}

export function entryOf(item: Item): Entry {
  const stored = item as {
    entry_id: string;
    type: EntryType;
    postings: string;
    payment_id?: PaymentId;
    withdrawal_id?: WithdrawalId;
    at: string;
  };
  const written = JSON.parse(stored.postings) as { account: Account; amount: string; currency: Unit }[];
  return {
    id: stored.entry_id,
    type: stored.type,
    postings: written.map(({ account, amount, currency }) => ({ account, amount: BigInt(amount), currency })),
    ...(stored.payment_id ? { paymentId: stored.payment_id } : {}),
    ...(stored.withdrawal_id ? { withdrawalId: stored.withdrawal_id } : {}),
    at: stored.at,
  };
}

export function lineItem(userId: UserId, { seq, entry, currency, amount, balanceAfter }: Line): Item {
  const left = { currency, amount: `${amount}`, balance_after: `${balanceAfter}` };
  return { ...lineKey(userId, seq), ...entryItem(entry), ...left };
}

export function lineOf(item: Item): Line {
  const stored = item as { sk: string; currency: Unit; amount: string; balance_after: string };
  return {
    seq: Number(stored.sk.slice(LINES.length)),
    entry: entryOf(item),
    currency: stored.currency,
    amount: BigInt(stored.amount),
    balanceAfter: BigInt(stored.balance_after),
  };
}

export function captureItem(paymentId: PaymentId, entry: Entry): Item {
  return { ...captureKey(paymentId), ...entryItem(entry) };
}

export function withdrawnItem(id: WithdrawalId, entry: Entry): Item {
  return { ...withdrawnKey(id), ...entryItem(entry) };
}

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
