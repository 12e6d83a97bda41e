import type { Entry } from '../../lib/ledger/entry.ts';
import { captureEntry, holdEntry, releaseEntry } from '../../lib/withdrawals/entries.ts';
import type { Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { type Difference, differencesOf, unequal } from './difference.ts';
import { capturesOf } from './wallets-books.ts';
import { formatPostings } from './wallets-checks.ts';

/** What the chain has on record for one withdrawal. */
export type Moved = { readonly moves: number; readonly moved_minor: string; readonly currency: string };

export const WITHDRAWALS_CHECKS = {
  readable: 'every item is readable',
  chain: 'the chain moved every completed withdrawal once, and nothing else',
  journal: 'the journal has exactly the holds, captures and releases that each withdrawal requires',
} as const;
export type WithdrawalsCheck = keyof typeof WITHDRAWALS_CHECKS;

/** What the withdrawals table, the chain and the journal have of one withdrawal. */
export type Evidence = {
  readonly withdrawal: Withdrawal | undefined;
  readonly moved: Moved | undefined;
  readonly entries: readonly Entry[];
};

export function differencesInWithdrawal(
  id: string,
  { withdrawal, moved, entries }: Evidence,
): Difference<WithdrawalsCheck>[] {
  if (!withdrawal) {
    const differ = differencesOf<WithdrawalsCheck>(id, `withdrawal ${id}`);
    return [
      ...differ('chain', (moved?.moves ?? 0) > 0 ? ['does not exist, but the chain moved it'] : []),
      ...differ('journal', entries.length > 0 ? [`does not exist, but has ${entries.length} entries`] : []),
    ];
  }
  const differ = differencesOf<WithdrawalsCheck>(id, `withdrawal ${id}, ${withdrawal.status}`);
  return [
    ...differ('chain', chainDifferences(withdrawal, moved)),
    ...differ('journal', journalDifferences(withdrawal, [...entries, ...capturesOf(withdrawal)])),
  ];
}

function chainDifferences({ status, money }: Withdrawal, moved: Moved | undefined): string[] {
  const moves = moved?.moves ?? 0;
  const [least, most] = status === 'COMPLETED' ? [1, 1] : [0, isUnsent(status) ? 0 : 1];
  if (moves < least || moves > most) return [`expected ${most} moves on the chain, found ${moves}`];
  if (moves === 0) return [];
  return unequal('moved on the chain', `${money.minor} ${money.currency}`, `${moved?.moved_minor} ${moved?.currency}`);
}

const isUnsent = (status: Withdrawal['status']) =>
  status === 'FAILED' || status === 'REJECTED' || status === 'AWAITING_APPROVAL';

function journalDifferences(withdrawal: Withdrawal, found: readonly Entry[]): string[] {
  const textById = (entries: readonly Entry[]) =>
    new Map(entries.map((entry) => [entry.id, `${entry.type} ${formatPostings(entry)}`]));
  const [expected, actual] = [textById(requiredEntries(withdrawal)), textById(found)];
  return [
    ...(found.length > actual.size ? ['an entry is in the journal more than once'] : []),
    ...[...expected].flatMap(([id, text]) =>
      actual.has(id) ? unequal(id, text, actual.get(id)) : [`${id} is required, but not in the journal`],
    ),
    ...[...actual.keys()].filter((id) => !expected.has(id)).map((id) => `${id} is in the journal, but not required`),
  ];
}

/** Made with the functions that post them. */
function requiredEntries(withdrawal: Withdrawal): Entry[] {
  if (withdrawal.source === 'external') return [];
  const cycles = Array.from({ length: withdrawal.retryCycle }, (_, index) => ({
    ...withdrawal,
    retryCycle: index + 1,
  }));
  return cycles.flatMap((each) => {
    const isLast = each.retryCycle === withdrawal.retryCycle;
    const held = holdEntry(each, '');
    if (!isLast || withdrawal.status === 'FAILED' || withdrawal.status === 'REJECTED')
      return [held, releaseEntry(each, '')];
    return withdrawal.status === 'COMPLETED' ? [held, captureEntry(each, '')] : [held];
  });
}
