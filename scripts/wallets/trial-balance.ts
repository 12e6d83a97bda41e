import type { Entry } from '../../lib/ledger/entry.ts';
import type { Books } from './books.ts';
import type { Charge, Difference } from './checks.ts';

/** Of one currency, in minor units. What flows in is negative, as it is in the journal. */
export type Sums = {
  deposits: bigint;
  wallets: bigint;
  suspense: bigint;
  providers: bigint;
  held: bigint;
  withdrawn: bigint;
  /** The payments' own word, which the journal has to bear out, and the gateway's. */
  pending: bigint;
  approved: bigint;
  /** Without those of payments that are PENDING. As much as is approved, if there is nobody who could be asked. */
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

/**
 * What all accounts come to, by currency. Each entry counts once: deposits as they stand on statements, all others as they
 * stand by their payments, which were read as wholes.
 */
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

export function differencesInSums(balance: ReadonlyMap<string, Sums>): Difference[] {
  return [...balance].flatMap(([currency, sums]) => {
    const all = sums.deposits + sums.wallets + sums.suspense + sums.providers + sums.held + sums.withdrawn;
    const says = [
      ...(all === 0n ? [] : [`all accounts together: expected 0 ${currency}, found ${all}`]),
      ...(sums.suspense === sums.pending
        ? []
        : [`suspense: expected ${sums.pending} ${currency}, found ${sums.suspense}`]),
      ...(sums.charged === sums.approved
        ? []
        : [`charges: expected ${sums.approved} ${currency}, found ${sums.charged}`]),
    ];
    return says.map((each): Difference => ({ check: 'sums', id: currency, says: each }));
  });
}
