import type { Entry } from '../../lib/ledger/entry.ts';
import { captureEntry, holdEntry, releaseEntry } from '../../lib/withdrawals/entries.ts';
import type { Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import type { Difference as Found } from '../verify/difference.ts';

/** What the chain has on record of one withdrawal. */
export type Moved = { readonly moves: number; readonly moved_minor: string; readonly currency: string };

export const CHECKS = {
  readable: 'every item can be read',
  chain: 'the chain has moved what is completed, once, and nothing else',
  journal: 'what was held, captured and released is what each withdrawal calls for',
} as const;
export type CheckName = keyof typeof CHECKS;

export type Difference = Found<CheckName>;

/** All that is known of one withdrawal: its own word, the chain's, and the journal's. */
export type Evidence = {
  readonly withdrawal: Withdrawal | undefined;
  readonly moved: Moved | undefined;
  readonly entries: readonly Entry[];
};

export function differencesOf(id: string, { withdrawal, moved, entries }: Evidence): Difference[] {
  const differ = (check: CheckName, says: string) => ({ check, id, says: `withdrawal ${id}: ${says}` });
  if (!withdrawal) {
    return [
      ...((moved?.moves ?? 0) > 0 ? [differ('chain', `is not there, but the chain has moved it`)] : []),
      ...(entries.length > 0 ? [differ('journal', `is not there, but has ${entries.length} entries`)] : []),
    ];
  }
  return [
    ...chainProblems(withdrawal, moved).map((says) => differ('chain', `${withdrawal.status}, ${says}`)),
    ...journalProblems(withdrawal, entries).map((says) => differ('journal', `${withdrawal.status}, ${says}`)),
  ];
}

function chainProblems({ status, money }: Withdrawal, moved: Moved | undefined): string[] {
  const moves = moved?.moves ?? 0;
  const [least, most] = status === 'COMPLETED' ? [1, 1] : [0, status === 'FAILED' ? 0 : 1];
  if (moves < least || moves > most) return [`expected it to be moved ${most} times, found ${moves}`];
  if (moves === 0 || (moved?.moved_minor === `${money.minor}` && moved.currency === money.currency)) return [];
  return [`expected ${money.minor} ${money.currency}, the chain has moved ${moved?.moved_minor} ${moved?.currency}`];
}

function journalProblems(withdrawal: Withdrawal, found: readonly Entry[]): string[] {
  const called = calledFor(withdrawal);
  const saidOf = (entries: readonly Entry[]) => new Map(entries.map((entry) => [entry.id, said(entry)]));
  const [expected, actual] = [saidOf(called), saidOf(found)];
  return [
    ...(found.length > actual.size ? ['an entry is in the journal more than once'] : []),
    ...[...expected].flatMap(([id, wanted]) => {
      if (!actual.has(id)) return [`${id} is called for, but not in the journal`];
      return actual.get(id) === wanted ? [] : [`${id}: expected ${wanted}, found ${actual.get(id)}`];
    }),
    ...[...actual.keys()].filter((id) => !expected.has(id)).map((id) => `${id} is in the journal, but not called for`),
  ];
}

/** The entries of a withdrawal as it stands, made by what makes them. */
function calledFor(withdrawal: Withdrawal): Entry[] {
  if (withdrawal.source === 'external') return [];
  const openings = Array.from({ length: withdrawal.retryCycle }, (_, index) => ({
    ...withdrawal,
    retryCycle: index + 1,
  }));
  return openings.flatMap((each) => {
    const isLast = each.retryCycle === withdrawal.retryCycle;
    const held = holdEntry(each, '');
    if (!isLast || withdrawal.status === 'FAILED') return [held, releaseEntry(each, '')];
    return withdrawal.status === 'COMPLETED' ? [held, captureEntry(each, '')] : [held];
  });
}

const said = ({ type, postings }: Entry) =>
  `${type} ${postings.map(({ account, amount, currency }) => `${account} ${amount} ${currency}`).join(', ')}`;
