import { z } from 'zod';
import { invariant } from '../kernel/errors.ts';
import { otherwise } from '../kernel/fields.ts';
import { type Money, sumByCurrency, type Unit } from '../kernel/money.ts';

/** The caller's name for the owner of a wallet. It has no "#", which separates the parts of a key. */
export type UserId = string & { readonly __brand: 'UserId' };

export const USER_ID = /^[A-Za-z0-9][A-Za-z0-9_.:@+|-]{0,127}$/;

export function parseUserId(text: string): UserId | undefined {
  return USER_ID.test(text) ? (text as UserId) : undefined;
}

/** The field of a request body. */
export const userIdField = z
  .string(otherwise('must be a string'))
  .regex(USER_ID, 'must be 1 to 128 letters, digits or "_.:@+|-", beginning with a letter or digit')
  .transform((id) => id as UserId);

/*
 * The journal: every movement of money is an entry, and the postings of an entry sum to zero in each currency. Entries
 * never change; a correction is another entry.
 */

/**
 * `<kind>` or `<kind>:<id>`. The ledger keeps the balances of wallets (`wallet:<user>`), which are never below zero. All
 * other accounts belong to the domains that post to them.
 */
export type Account = string & { readonly __brand: 'Account' };

export const account = (name: string) => name as Account;
export const walletAccount = (userId: UserId) => account(`wallet:${userId}`);

/** What an entry adds to an account, in minor units: negative takes from it. */
export type Posting = { readonly account: Account; readonly amount: bigint; readonly currency: Unit };

/**
 * - DEPOSIT: money comes into a wallet from outside
 * - PAYMENT: money leaves a wallet for a receiver who has yet to get it
 * - HOLD: money leaves a wallet until the outcome of a withdrawal is known
 * - CAPTURE: money that was paid or held reaches its receiver; moves no wallet
 * - REFUND: money that was paid returns to the wallet
 * - RELEASE: money that was held returns to the wallet
 */
export const ENTRY_TYPES = ['DEPOSIT', 'PAYMENT', 'HOLD', 'CAPTURE', 'REFUND', 'RELEASE'] as const;
export type EntryType = (typeof ENTRY_TYPES)[number];

export type Entry = {
  /** Follows from the fact that the entry records, so that a fact cannot be entered twice. */
  readonly id: string;
  readonly type: EntryType;
  readonly postings: readonly Posting[];
  /** What the entry is about, by names such as `payment_id`. Every name ends in `_id`. */
  readonly references: Readonly<Record<`${string}_id`, string>>;
  readonly at: string;
};

/** An entry that moves money from one account to another. */
export function entryOf(
  { references = {}, ...head }: Pick<Entry, 'id' | 'type' | 'at'> & Partial<Pick<Entry, 'references'>>,
  { from, to, money: { minor, currency } }: { from: Account; to: Account; money: Money<Unit> },
): Entry {
  const postings = [
    { account: from, amount: -minor, currency },
    { account: to, amount: minor, currency },
  ];
  invariant(isBalanced(postings), `the postings of ${head.id} sum to zero`);
  return { ...head, references, postings };
}

/** What the entry adds to an account, per currency. */
export function effectOn(account: Account, { postings }: Entry): Map<Unit, bigint> {
  return sumsOf(postings.filter((posting) => posting.account === account));
}

/** In each currency. */
export function isBalanced(postings: readonly Posting[]): boolean {
  return postings.length > 0 && [...sumsOf(postings).values()].every((sum) => sum === 0n);
}

function sumsOf(postings: readonly Posting[]): Map<Unit, bigint> {
  return sumByCurrency(postings.map(({ amount, currency }) => ({ minor: amount, currency })));
}
