import { invariant } from '../kernel/errors.ts';
import type { Money, Unit } from '../kernel/money.ts';
import type { WithdrawalId } from '../withdrawals/ids.ts';
import type { DepositId, PaymentId, ProviderId, RefundId, UserId } from './ids.ts';

/*
 * The journal: every movement of money is an entry, and the postings of an entry sum to zero in each currency. Entries
 * never change; what a later event takes back is another entry.
 */

/**
 * - `wallet:<user>` what we owe a user; never below zero
 * - `provider:<id>` what we owe a provider
 * - `suspense` what has left a wallet and has not reached a provider: payments whose outcome is not known
 * - `held` what has left a wallet for a withdrawal that is under way
 * - `deposits` the world that money comes from; minus all that was ever deposited
 * - `withdrawn` the world that it goes to; all that was ever withdrawn
 */
export type Account = `wallet:${UserId}` | `provider:${ProviderId}` | 'suspense' | 'held' | 'deposits' | 'withdrawn';

/** What an entry adds to an account, in minor units: negative takes from it. */
export type Posting = { readonly account: Account; readonly amount: bigint; readonly currency: Unit };

/**
 * - DEPOSIT: deposits -> wallet
 * - PAYMENT: wallet -> suspense, before the gateway hears of it
 * - CAPTURE: suspense -> provider, once the gateway has charged; held -> withdrawn, once the chain has confirmed
 * - REFUND: suspense -> wallet when a payment was declined or failed; provider -> wallet when one is refunded
 * - HOLD: wallet -> held, before the chain hears of a withdrawal
 * - RELEASE: held -> wallet when a withdrawal failed
 */
export type EntryType = 'DEPOSIT' | 'PAYMENT' | 'CAPTURE' | 'REFUND' | 'HOLD' | 'RELEASE';

export type Entry = {
  /** Follows from what the entry is about, so that the same movement cannot be entered twice. */
  readonly id: string;
  readonly type: EntryType;
  readonly postings: readonly Posting[];
  readonly paymentId?: PaymentId;
  readonly withdrawalId?: WithdrawalId;
  readonly at: string;
};

export const walletAccount = (userId: UserId): Account => `wallet:${userId}`;
export const providerAccount = (id: ProviderId): Account => `provider:${id}`;

export function depositEntry(id: DepositId, userId: UserId, money: Money<Unit>, at: string): Entry {
  return entry({ id, type: 'DEPOSIT', at }, move('deposits', walletAccount(userId), money));
}

type Paid = {
  readonly id: PaymentId;
  readonly userId: UserId;
  readonly providerId: ProviderId;
  readonly money: Money<Unit>;
};

export function paymentEntry({ id, userId, money }: Paid, at: string): Entry {
  return entry({ id, type: 'PAYMENT', paymentId: id, at }, move(walletAccount(userId), 'suspense', money));
}

export function captureEntry({ id, providerId, money }: Paid, at: string): Entry {
  const to = providerAccount(providerId);
  return entry({ id: `${id}.capture`, type: 'CAPTURE', paymentId: id, at }, move('suspense', to, money));
}

/** Of a payment that came to nothing. */
export function returnEntry({ id, userId, money }: Paid, at: string): Entry {
  const to = walletAccount(userId);
  return entry({ id: `${id}.return`, type: 'REFUND', paymentId: id, at }, move('suspense', to, money));
}

/** Of a payment that was approved, or of a part of it. */
export function refundEntry(
  id: RefundId,
  { id: paid, userId, providerId }: Paid,
  money: Money<Unit>,
  at: string,
): Entry {
  const [from, to] = [providerAccount(providerId), walletAccount(userId)];
  return entry({ id, type: 'REFUND', paymentId: paid, at }, move(from, to, money));
}

/** `retryCycle` counts how often it was opened: once, and once more each time it is retried after it had failed. */
type Withdrawn = {
  readonly id: WithdrawalId;
  readonly userId: UserId;
  readonly money: Money<Unit>;
  readonly retryCycle: number;
};

export function holdEntry({ id, userId, money, retryCycle }: Withdrawn, at: string): Entry {
  const head = { id: `${id}.${retryCycle}.hold`, type: 'HOLD', withdrawalId: id, at } as const;
  return entry(head, move(walletAccount(userId), 'held', money));
}

export function withdrawnEntry({ id, money, retryCycle }: Withdrawn, at: string): Entry {
  const head = { id: `${id}.${retryCycle}.capture`, type: 'CAPTURE', withdrawalId: id, at } as const;
  return entry(head, move('held', 'withdrawn', money));
}

export function releaseEntry({ id, userId, money, retryCycle }: Withdrawn, at: string): Entry {
  const head = { id: `${id}.${retryCycle}.release`, type: 'RELEASE', withdrawalId: id, at } as const;
  return entry(head, move('held', walletAccount(userId), money));
}

/** What the entry does to an account, per currency. */
export function effectOn(account: Account, { postings }: Entry): Map<Unit, bigint> {
  const effect = new Map<Unit, bigint>();
  for (const posting of postings) {
    if (posting.account !== account) continue;
    effect.set(posting.currency, (effect.get(posting.currency) ?? 0n) + posting.amount);
  }
  return effect;
}

/** In each currency. */
export function isBalanced(postings: readonly Posting[]): boolean {
  const sums = new Map<Unit, bigint>();
  for (const { currency, amount } of postings) sums.set(currency, (sums.get(currency) ?? 0n) + amount);
  return postings.length > 0 && [...sums.values()].every((sum) => sum === 0n);
}

function move(from: Account, to: Account, { minor, currency }: Money<Unit>): Posting[] {
  return [
    { account: from, amount: -minor, currency },
    { account: to, amount: minor, currency },
  ];
}

function entry(head: Omit<Entry, 'postings'>, postings: Posting[]): Entry {
  invariant(isBalanced(postings), `the postings of ${head.id} sum to zero`);
  return { ...head, postings };
}
