import type { Entry } from '../../lib/ledger/entry.ts';
import { unequal } from './difference.ts';
import type { Books } from './wallets-books.ts';
import type { Charge, WalletsDifference } from './wallets-checks.ts';

/** The accounts of one currency, in minor units. Inflows are negative, as in the journal. */
export type Sums = {
  deposits: bigint;
  wallets: bigint;
  suspense: bigint;
  providers: bigint;
  held: bigint;
  withdrawn: bigint;
  /** By the payments: the journal must agree. */
  pending: bigint;
  approved: bigint;
  /** By the gateway, without PENDING payments. Equals `approved` if there is no gateway to ask. */
  charged: bigint;
};

const ACCOUNTS = {
  deposits: 'deposits',
  wallet: 'wallets',
  suspense: 'suspense',
  provider: 'providers',
  held: 'held',
  withdrawn: 'withdrawn',
} as const;

/** The sums of all accounts by currency. Each entry counts once: a deposit by its statement, all others by their payment or withdrawal. */
export function trialBalance(
  { accounts, cases, withdrawn }: Books,
  charges: ReadonlyMap<string, Charge> | undefined,
): Map<string, Sums> {
  const balance = new Map<string, Sums>();
  const add = (currency: string, column: keyof Sums, amount: bigint) => {
    const sums = balance.get(currency) ?? zero();
    sums[column] += amount;
    balance.set(currency, sums);
  };
  const post = ({ postings }: Entry) => {
    for (const { account, amount, currency } of postings) {
      const kind = `${account}`.split(':', 1)[0] as keyof typeof ACCOUNTS;
      if (kind in ACCOUNTS) add(currency, ACCOUNTS[kind], amount);
    }
  };
  for (const { lines } of accounts.values()) {
    for (const { entry } of lines) if (!entry.references.payment_id && !entry.references.withdrawal_id) post(entry);
  }
  for (const entries of withdrawn.values()) entries.forEach(post);
  for (const [id, { payment, entries }] of cases) {
    entries.forEach(post);
    const charge = charges?.get(id);
    if (charge && charge.moves > 0 && payment?.status !== 'PENDING') {
      add(charge.currency, 'charged', BigInt(charge.moved_minor));
    }
    if (payment?.status === 'PENDING') add(payment.money.currency, 'pending', payment.money.minor);
    if (payment?.status !== 'APPROVED') continue;
    add(payment.money.currency, 'approved', payment.money.minor);
    if (!charges) add(payment.money.currency, 'charged', payment.money.minor);
  }
  return balance;
}

const zero = (): Sums => ({
  ...{ deposits: 0n, wallets: 0n, suspense: 0n, providers: 0n, held: 0n, withdrawn: 0n },
  ...{ pending: 0n, approved: 0n, charged: 0n },
});

export function differencesInSums(balance: ReadonlyMap<string, Sums>): WalletsDifference[] {
  return [...balance].flatMap(([currency, sums]) => {
    const all = sums.deposits + sums.wallets + sums.suspense + sums.providers + sums.held + sums.withdrawn;
    const messages = [
      ...unequal(`all accounts, ${currency}`, 0n, all),
      ...unequal(`suspense, ${currency}`, sums.pending, sums.suspense),
      ...unequal(`charges, ${currency}`, sums.approved, sums.charged),
    ];
    return messages.map((message): WalletsDifference => ({ check: 'sums', id: currency, message }));
  });
}

/** `IDR: deposits -900, wallets 500, ...`: a line per currency. */
export function formatBalance(balance: ReadonlyMap<string, Sums>): string[] {
  return [...balance].sort().map(([currency, sums]) => {
    const columns = Object.entries(sums).map(([account, amount]) => `${account} ${amount.toLocaleString('en')}`);
    return `${currency}, in minor units: ${columns.join(', ')}`;
  });
}
