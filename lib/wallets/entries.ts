import type { Money, Unit } from '../kernel/money.ts';
import { account, type Entry, entryOf, type UserId, walletAccount } from '../ledger/index.ts';
import type { DepositId, PaymentId, ProviderId, RefundId } from './ids.ts';

/*
 * The entries of deposits and payments. Their accounts:
 *
 * - `provider:<id>` what we owe a provider
 * - `suspense` what has left a wallet and has not reached a provider: payments whose outcome is not known
 * - `deposits` the world that money comes from; minus all that was ever deposited
 */
const SUSPENSE = account('suspense');
const DEPOSITS = account('deposits');
const providerAccount = (id: ProviderId) => account(`provider:${id}`);

export function depositEntry(id: DepositId, userId: UserId, money: Money<Unit>, at: string): Entry {
  return entryOf({ id, type: 'DEPOSIT', at }, { from: DEPOSITS, to: walletAccount(userId), money });
}

type Paid = {
  readonly id: PaymentId;
  readonly userId: UserId;
  readonly providerId: ProviderId;
  readonly money: Money<Unit>;
};

/** Before the gateway is asked to charge. */
export function paymentEntry({ id, userId, money }: Paid, at: string): Entry {
  const references = { payment_id: id };
  return entryOf({ id, type: 'PAYMENT', references, at }, { from: walletAccount(userId), to: SUSPENSE, money });
}

/** Once the gateway has charged. */
export function captureEntry({ id, providerId, money }: Paid, at: string): Entry {
  const head = { id: `${id}.capture`, type: 'CAPTURE', references: { payment_id: id }, at } as const;
  return entryOf(head, { from: SUSPENSE, to: providerAccount(providerId), money });
}

/** Of a payment that was declined or failed. */
export function returnEntry({ id, userId, money }: Paid, at: string): Entry {
  const head = { id: `${id}.return`, type: 'REFUND', references: { payment_id: id }, at } as const;
  return entryOf(head, { from: SUSPENSE, to: walletAccount(userId), money });
}

/** Of a payment that was approved, or of a part of it. */
export function refundEntry(
  id: RefundId,
  { id: paid, userId, providerId }: Paid,
  money: Money<Unit>,
  at: string,
): Entry {
  const head = { id, type: 'REFUND', references: { payment_id: paid }, at } as const;
  return entryOf(head, { from: providerAccount(providerId), to: walletAccount(userId), money });
}
