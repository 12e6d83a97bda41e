import type { UserId } from '../../lib/ledger/entry.ts';
import { type Entry, isBalanced, walletAccount } from '../../lib/ledger/entry.ts';
import type { Line } from '../../lib/ledger/wallet.ts';
import { captureEntry, depositEntry, paymentEntry, refundEntry, returnEntry } from '../../lib/wallets/entries.ts';
import { parsePaymentId, paymentIdOf } from '../../lib/wallets/ids.ts';
import { type Payment, refundedOf } from '../../lib/wallets/payment.ts';
import { type Difference, differencesOf, unequal } from './difference.ts';
import type { Account, Case } from './wallets-books.ts';

/** What the gateway has on record for one payment. */
export type Charge = {
  readonly instruction: string;
  readonly moves: number;
  readonly moved_minor: string;
  readonly currency: string;
};

export const WALLETS_CHECKS = {
  readable: 'every item is readable',
  ids: 'the id of every payment follows from its user and its key',
  balanced: 'the postings of every entry sum to zero',
  gapless: 'statements have no gap, and each balance follows from the one before',
  rebuilt: 'the balances of each wallet are the sums of its entries, and never negative',
  entries: 'every payment has the entries that its status requires; all others are deposits or of withdrawals',
  refunds: 'the journal has exactly the refunds of each payment, never more than was paid',
  gateway: 'the gateway charged every approved payment once, and nothing else',
} as const;
/** Compares whole currencies, so it is not made for a single wallet or payment. */
export const SUMS_CHECK = {
  sums: 'all accounts sum to zero, suspense to the pending payments, charges to the approved ones',
} as const;
export type WalletsCheck = keyof typeof WALLETS_CHECKS | keyof typeof SUMS_CHECK;
export type WalletsDifference = Difference<WalletsCheck>;

/** Compares a wallet with its statement. */
export function differencesInAccount(userId: string, { wallet, lines }: Account): WalletsDifference[] {
  const found: WalletsDifference[] = [];
  const differ = (check: WalletsCheck, message: string) =>
    found.push({ check, id: userId, message: `wallet ${userId}: ${message}` });
  const balances = new Map<string, bigint>();
  let next = 1;
  for (const line of [...lines].sort((a, b) => a.seq - b.seq)) {
    const { seq, entry, currency, amount, balanceAfter } = line;
    if (seq !== next) differ('gapless', `expected line ${next}, found line ${seq}`);
    next = seq + 1;
    if (!isBalanced(entry.postings)) differ('balanced', `entry ${entry.id} does not sum to zero`);
    if (!entry.references.payment_id && !entry.references.withdrawal_id && !isDeposit(userId, line))
      differ('entries', `line ${seq}, ${entry.id}, is not a deposit`);
    const posted = postedTo(userId, line);
    if (posted !== amount) differ('gapless', `line ${seq}: expected ${posted} as in its postings, found ${amount}`);
    const expected = (balances.get(currency) ?? 0n) + amount;
    if (balanceAfter !== expected)
      differ('gapless', `line ${seq}: expected a balance of ${expected}, found ${balanceAfter}`);
    if (expected < 0n) differ('rebuilt', `line ${seq} leaves ${expected} ${currency}`);
    balances.set(currency, expected);
  }
  if (!wallet) {
    if (lines.length > 0) differ('rebuilt', `has ${lines.length} lines, but does not exist`);
    return found;
  }
  if (wallet.seq !== next - 1) differ('gapless', `expected ${wallet.seq} lines, found ${next - 1}`);
  for (const currency of new Set([...wallet.balances.keys(), ...balances.keys()])) {
    const [expected, stored] = [balances.get(currency) ?? 0n, wallet.balances.get(currency as never) ?? 0n];
    if (expected !== stored) differ('rebuilt', `expected ${expected} ${currency}, found ${stored}`);
  }
  return found;
}

function postedTo(userId: string, { entry, currency }: Line): bigint {
  const own = walletAccount(userId as UserId);
  const postings = entry.postings.filter((posting) => posting.account === own && posting.currency === currency);
  return postings.reduce((sum, { amount }) => sum + amount, 0n);
}

function isDeposit(userId: string, { entry, currency, amount }: Line): boolean {
  if (amount <= 0n) return false;
  const deposit = depositEntry(entry.id as never, userId as UserId, { minor: amount, currency }, entry.at);
  return entry.type === deposit.type && formatPostings(entry) === formatPostings(deposit);
}

/** Compares a payment with the entries that name it and with what the gateway charged. */
export function differencesInCase(
  id: string,
  { payment, entries }: Case,
  charge: Charge | undefined,
): WalletsDifference[] {
  if (!payment) {
    const moves = charge?.moves ?? 0;
    if (entries.length === 0 && moves === 0) return [];
    const message = `does not exist or is unreadable, but has ${entries.length} entries and ${moves} charges`;
    return differencesOf<WalletsCheck>(id, `payment ${id}`)(entries.length > 0 ? 'entries' : 'gateway', [message]);
  }
  const differ = differencesOf<WalletsCheck>(id, `payment ${id}, ${payment.status}`);
  if (payment.id !== id) return differ('entries', [`is stored with the id ${payment.id}`]);
  const required = requiredEntries(payment);
  const unbalanced = entries.filter(({ type, postings }) => type === 'CAPTURE' && !isBalanced(postings));
  const isOther = (entry: Entry) => !isRefund(entry);
  return [
    ...differ('ids', idDifferences(payment)),
    ...differ(
      'balanced',
      unbalanced.map((entry) => `entry ${entry.id} does not sum to zero`),
    ),
    ...differ('entries', differencesBetween(required.filter(isOther), entries.filter(isOther))),
    ...differ('refunds', differencesBetween(required.filter(isRefund), entries.filter(isRefund))),
    ...differ('refunds', excessRefunds(payment)),
    ...differ('gateway', chargeDifferences(payment, charge)),
  ];
}

/** Payments of data version 2 and earlier do not have their key. */
function idDifferences({ id, userId, key }: Payment): string[] {
  return key === undefined ? [] : unequal('id', paymentIdOf(userId, key), id);
}

/** Made with the functions that post them. */
function requiredEntries(payment: Payment): Entry[] {
  const { status, money, createdAt, updatedAt } = payment;
  const debit = paymentEntry(payment, createdAt);
  switch (status) {
    case 'PENDING':
      return [debit];
    case 'APPROVED': {
      const refunds = payment.refunds.map(({ id, minor, at }) => refundEntry(id, payment, { ...money, minor }, at));
      return [debit, captureEntry(payment, updatedAt), ...refunds];
    }
    case 'DECLINED':
    case 'FAILED':
      return [debit, returnEntry(payment, updatedAt)];
  }
}

/** Refunds have ids of their own; the return of an unpaid payment carries the id of the payment. */
const isRefund = ({ id }: Entry) => id.startsWith('rfd_');

function differencesBetween(required: readonly Entry[], found: readonly Entry[]): string[] {
  const named = (entries: readonly Entry[], { type, id }: Entry) =>
    entries.filter((each) => each.type === type && each.id === id);
  const extra = found.filter((entry) => named(required, entry).length === 0);
  return [
    ...extra.map((entry) => `${entry.type} ${entry.id} is in the journal, but not required`),
    ...required.flatMap((entry) => {
      const [one, ...more] = named(found, entry);
      if (!one) return [`${entry.type} ${entry.id} is required, but not in the journal`];
      if (more.length > 0) return [`${entry.type} ${entry.id} is in the journal ${1 + more.length} times`];
      return unequal(`${entry.type} ${entry.id}`, formatPostings(entry), formatPostings(one));
    }),
  ];
}

export const formatPostings = ({ postings }: Entry) =>
  postings.map(({ account, amount, currency }) => `${account} ${amount} ${currency}`).join(', ');

function excessRefunds(payment: Payment): string[] {
  const [refunded, paid] = [refundedOf(payment), payment.money.minor];
  return refunded > paid ? [`${refunded} of ${paid} were refunded`] : [];
}

/** A PENDING payment may be charged or not. No payment may be charged twice. */
function chargeDifferences({ status, money }: Payment, charge: Charge | undefined): string[] {
  const moves = charge?.moves ?? 0;
  const most = status === 'PENDING' || status === 'APPROVED' ? 1 : 0;
  const least = status === 'APPROVED' ? 1 : 0;
  if (moves < least || moves > most) return [`expected ${most} charges, found ${moves}`];
  if (moves === 0) return [];
  return unequal('charge', `${money.minor} ${money.currency}`, `${charge?.moved_minor} ${charge?.currency}`);
}

/**
 * Charges of the gateway that belong to no payment, per currency.
 * @param all totals of the gateway, read before `charges`: a charge in between can only lower the result
 */
export function differencesInTotals(all: ReadonlyMap<string, bigint>, charges: Iterable<Charge>): WalletsDifference[] {
  const stray = new Map(all);
  for (const { instruction, moved_minor: moved, currency } of charges) {
    if (parsePaymentId(instruction)) stray.set(currency, (stray.get(currency) ?? 0n) - BigInt(moved));
  }
  return [...stray]
    .filter(([, amount]) => amount > 0n)
    .map(([currency, amount]) => ({
      check: 'gateway',
      id: currency,
      message: `the gateway charged ${amount} ${currency} that belong to no payment`,
    }));
}
