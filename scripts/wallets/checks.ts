import { type Entry, isBalanced, type Posting, walletAccount } from '../../lib/ledger/entry.ts';
import type { UserId } from '../../lib/ledger/user-id.ts';
import type { Line } from '../../lib/ledger/wallet.ts';
import { captureEntry, depositEntry, paymentEntry, refundEntry, returnEntry } from '../../lib/wallets/entries.ts';
import { parsePaymentId } from '../../lib/wallets/ids.ts';
import { type Payment, refundedOf } from '../../lib/wallets/payment.ts';
import type { Difference as Found } from '../verify/difference.ts';
import type { Account, Case } from './books.ts';

/** What the gateway has on record of one payment. */
export type Charge = {
  readonly instruction: string;
  readonly moves: number;
  readonly moved_minor: string;
  readonly currency: string;
};

export const CHECKS = {
  readable: 'every item can be read',
  balanced: 'the postings of every entry sum to zero',
  gapless: 'statements have no gap, and each balance follows from the one before',
  rebuilt: 'balances are what their entries come to, and never below zero',
  entries: 'every payment has the entries that its status calls for, and all others are deposits or of withdrawals',
  refunds: 'refunds are those that their payments list, and never more than was paid',
  gateway: 'the gateway has charged what is approved, once, and nothing else',
  sums: 'all accounts together come to zero, suspense to what is under way, charges to what is approved',
} as const;
export type CheckName = keyof typeof CHECKS;

export type Difference = Found<CheckName>;

/** Everything that a wallet claims, beside what its statement comes to. */
export function differencesOfAccount(userId: string, { wallet, lines }: Account): Difference[] {
  const found: Difference[] = [];
  const differ = (check: CheckName, says: string) =>
    found.push({ check, id: userId, says: `wallet ${userId}: ${says}` });
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
    differ('rebuilt', `has ${lines.length} lines, but does not exist`);
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
  return entry.type === deposit.type && said(entry) === said(deposit);
}

/** Everything that a payment claims, beside the entries that name it and the gateway's word. */
export function differencesOfCase(id: string, { payment, entries }: Case, charge: Charge | undefined): Difference[] {
  if (!payment) {
    const [many, moves] = [entries.length, charge?.moves ?? 0];
    if (many === 0 && moves === 0) return [];
    const says = `payment ${id}: is not there, or not readable, but has ${many} entries and ${moves} charges`;
    return [{ check: many > 0 ? 'entries' : 'gateway', id, says }];
  }
  const differ = (check: CheckName) => (says: string) => ({
    check,
    id,
    says: `payment ${id}, ${payment.status}: ${says}`,
  });
  if (payment.id !== id) return [differ('entries')(`says that it is ${payment.id}`)];
  const called = calledFor(payment);
  if (!called) return [differ('entries')('there is no such status')];
  const captures = entries.filter(({ type, postings }) => type === 'CAPTURE' && !isBalanced(postings));
  const [refunded, paid] = [true, false].map((are) => [
    called.filter((entry) => isRefund(entry) === are),
    entries.filter((entry) => isRefund(entry) === are),
  ]) as [[Entry[], Entry[]], [Entry[], Entry[]]];
  return [
    ...captures.map((entry) => differ('balanced')(`entry ${entry.id} does not sum to zero`)),
    ...differencesBetween(...paid).map(differ('entries')),
    ...differencesBetween(...refunded).map(differ('refunds')),
    ...tooMuchRefunded(payment).map(differ('refunds')),
    ...chargeDifferences(payment, charge).map(differ('gateway')),
  ];
}

/** The entries of a payment as it stands, made by what makes them; undefined if it stands as none can. */
function calledFor(payment: Payment): Entry[] | undefined {
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
    default:
      status satisfies never;
      return undefined;
  }
}

/** Of a payment that was approved: what a declined one gives back is named after the payment. */
const isRefund = ({ id }: Entry) => id.startsWith('rfd_');

function differencesBetween(called: readonly Entry[], found: readonly Entry[]): string[] {
  const named = (entries: readonly Entry[], { type, id }: Entry) =>
    entries.filter((each) => each.type === type && each.id === id);
  const strange = found.filter((entry) => named(called, entry).length === 0);
  return [
    ...strange.map((entry) => `${entry.type} ${entry.id} is in the journal, but not called for`),
    ...called.flatMap((entry) => {
      const [one, ...more] = named(found, entry);
      if (!one) return [`${entry.type} ${entry.id} is called for, but not in the journal`];
      if (more.length > 0) return [`${entry.type} ${entry.id} is in the journal ${1 + more.length} times`];
      return said(one) === said(entry) ? [] : [`${entry.type} ${entry.id} is not of ${move(entry)}, but ${said(one)}`];
    }),
  ];
}

const said = ({ postings }: Entry) =>
  postings.map(({ account, amount, currency }) => `${account} ${amount} ${currency}`).join(', ');

/** Of an entry that the journal's own functions have made: it is from one account to another. */
function move({ postings }: Entry): string {
  const [from, to] = postings as [Posting, Posting];
  return `${to.amount} ${to.currency} from ${from.account} to ${to.account}`;
}

function tooMuchRefunded(payment: Payment): string[] {
  const [refunded, paid] = [refundedOf(payment), payment.money.minor];
  return refunded > paid ? [`${refunded} of ${paid} were refunded`] : [];
}

/** Of a payment that is PENDING the gateway may say either; it is not paid twice, whatever its status. */
function chargeDifferences({ status, money }: Payment, charge: Charge | undefined): string[] {
  const moves = charge?.moves ?? 0;
  const most = status === 'PENDING' || status === 'APPROVED' ? 1 : 0;
  const least = status === 'APPROVED' ? 1 : 0;
  if (moves < least || moves > most) return [`expected ${most} charges, found ${moves}`];
  if (moves === 0 || (charge?.moved_minor === `${money.minor}` && charge.currency === money.currency)) return [];
  return [`expected ${money.minor} ${money.currency}, was charged ${charge?.moved_minor} ${charge?.currency}`];
}

/**
 * What the gateway has charged for nothing that is a payment's, per currency.
 * @param all the gateway's own totals, read before `charges`: so that what is charged in between looks like too little
 */
export function strayCharges(all: ReadonlyMap<string, bigint>, charges: Iterable<Charge>): Difference[] {
  const stray = new Map(all);
  for (const { instruction, moved_minor: moved, currency } of charges) {
    if (parsePaymentId(instruction)) stray.set(currency, (stray.get(currency) ?? 0n) - BigInt(moved));
  }
  return [...stray]
    .filter(([, amount]) => amount > 0n)
    .map(([currency, amount]) => ({
      check: 'gateway',
      id: currency,
      says: `${amount} ${currency} were charged that no payment is named for`,
    }));
}
