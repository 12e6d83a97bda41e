import { type Entry, isBalanced } from '../../lib/wallets/journal.ts';
import { type Payment, refundedOf } from '../../lib/wallets/payment.ts';
import type { Account, Case } from './books.ts';

/** What the gateway has on record of one payment. */
export type Charge = {
  readonly instruction: string;
  readonly moves: number;
  readonly moved_minor: string;
  readonly currency: string;
};

export const CHECKS = {
  balanced: 'the postings of every entry sum to zero',
  gapless: 'statements have no gap, and each balance follows from the one before',
  rebuilt: 'balances are what their entries come to, and never below zero',
  entries: 'every payment has the entries that its status calls for',
  refunds: 'refunds are those that their payments list, and never more than was paid',
  gateway: 'the gateway has charged what is approved, once, and nothing else',
} as const;
export type CheckName = keyof typeof CHECKS;

/** One sentence that names what was expected and what was found. */
export type Difference = { readonly check: CheckName; readonly says: string };

/** Everything that a wallet claims, beside what its statement comes to. */
export function differencesOfAccount(userId: string, { wallet, lines }: Account): Difference[] {
  const found: Difference[] = [];
  const differ = (check: CheckName, says: string) => found.push({ check, says: `wallet ${userId}: ${says}` });
  const own = `wallet:${userId}`;
  const balances = new Map<string, bigint>();
  let next = 1;
  for (const { seq, entry, currency, amount, balanceAfter } of [...lines].sort((a, b) => a.seq - b.seq)) {
    if (seq !== next) differ('gapless', `expected line ${next}, found line ${seq}`);
    next = seq + 1;
    if (!isBalanced(entry.postings)) differ('balanced', `entry ${entry.id} does not sum to zero`);
    const posted = entry.postings.filter(({ account }) => account === own).reduce((sum, each) => sum + each.amount, 0n);
    if (posted !== amount) differ('gapless', `line ${seq}: expected ${posted} as in its postings, found ${amount}`);
    const expected = (balances.get(currency) ?? 0n) + amount;
    if (balanceAfter !== expected)
      differ('gapless', `line ${seq}: expected a balance of ${expected}, found ${balanceAfter}`);
    if (expected < 0n) differ('rebuilt', `line ${seq} leaves ${expected} ${currency}`);
    balances.set(currency, expected);
  }
  if (!wallet)
    return [...found, { check: 'rebuilt', says: `wallet ${userId}: has ${lines.length} lines, but does not exist` }];
  if (wallet.seq !== next - 1) differ('gapless', `expected ${wallet.seq} lines, found ${next - 1}`);
  for (const currency of new Set([...wallet.balances.keys(), ...balances.keys()])) {
    const [expected, stored] = [balances.get(currency) ?? 0n, wallet.balances.get(currency as never) ?? 0n];
    if (expected !== stored) differ('rebuilt', `expected ${expected} ${currency}, found ${stored}`);
  }
  return found;
}

/** Everything that a payment claims, beside the entries that name it and the gateway's word. */
export function differencesOfCase(id: string, { payment, entries }: Case, charge: Charge | undefined): Difference[] {
  if (!payment) {
    const what = entries.length > 0 ? ('entries' as const) : ('gateway' as const);
    const says = `payment ${id}: does not exist, but has ${entries.length} entries and ${charge?.moves ?? 0} charges`;
    return entries.length > 0 || (charge?.moves ?? 0) > 0 ? [{ check: what, says }] : [];
  }
  const differ = (check: CheckName) => (says: string) => ({ check, says: `payment ${id}, ${payment.status}: ${says}` });
  return [
    ...entries
      .filter(({ type, postings }) => type === 'CAPTURE' && !isBalanced(postings))
      .map((entry) => differ('balanced')(`entry ${entry.id} does not sum to zero`)),
    ...entryDifferences(payment, entries).map(differ('entries')),
    ...refundDifferences(payment, entries).map(differ('refunds')),
    ...chargeDifferences(payment, charge).map(differ('gateway')),
  ];
}

function entryDifferences({ id, status, money }: Payment, entries: readonly Entry[]): string[] {
  const after = { PENDING: [], APPROVED: [`CAPTURE ${id}.capture`] };
  const wanted = [`PAYMENT ${id}`, ...(after[status as keyof typeof after] ?? [`REFUND ${id}.return`])];
  const own = entries.filter((entry) => !entry.id.startsWith('rfd_'));
  const found = own.map((entry) => `${entry.type} ${entry.id}`);
  const amounts = own.filter(({ postings }) =>
    postings.some((posting) => abs(posting.amount) !== money.minor || posting.currency !== money.currency),
  );
  return [
    ...(found.sort().join() === wanted.sort().join()
      ? []
      : [`expected ${wanted.join(', ')}, found ${found.join(', ')}`]),
    ...amounts.map((entry) => `${entry.type} ${entry.id} is not of ${money.minor} ${money.currency}`),
  ];
}

function refundDifferences(payment: Payment, entries: readonly Entry[]): string[] {
  const listed = payment.status === 'APPROVED' ? payment.refunds.map(({ id, minor }) => `${id} of ${minor}`) : [];
  const entered = entries
    .filter(({ id }) => id.startsWith('rfd_'))
    .map(({ id, postings }) => `${id} of ${abs(postings[0]?.amount ?? 0n)}`);
  const refunded = refundedOf(payment);
  return [
    ...listed
      .filter((refund) => !entered.includes(refund))
      .map((refund) => `${refund} is listed, but not in the journal`),
    ...entered
      .filter((refund) => !listed.includes(refund))
      .map((refund) => `${refund} is in the journal, but not listed`),
    ...(refunded > payment.money.minor ? [`${refunded} of ${payment.money.minor} were refunded`] : []),
  ];
}

/** Of a payment that is PENDING the gateway may say either; it is not paid twice, whatever its status. */
function chargeDifferences({ status, money }: Payment, charge: Charge | undefined): string[] {
  const moves = charge?.moves ?? 0;
  if (status === 'PENDING') return moves > 1 ? [`was charged ${moves} times`] : [];
  const expected = status === 'APPROVED' ? 1 : 0;
  if (moves !== expected) return [`expected ${expected} charges, found ${moves}`];
  if (moves === 0 || (charge?.moved_minor === `${money.minor}` && charge.currency === money.currency)) return [];
  return [`expected ${money.minor} ${money.currency}, was charged ${charge?.moved_minor} ${charge?.currency}`];
}

const abs = (amount: bigint) => (amount < 0n ? -amount : amount);
