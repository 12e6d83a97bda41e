import type { Item } from '../../lib/kernel/codec.ts';
import { withdrawalOf } from '../../lib/withdrawals/items.ts';
import { isTerminal, type Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { Unexpected } from '../endpoints.ts';
import { attempt, type Difference } from './difference.ts';
import { countsOf, type Findings, many, type Scope } from './examination.ts';
import { lastingDifferences } from './looks.ts';
import { Books } from './wallets-books.ts';
import {
  differencesInWithdrawal,
  type Evidence,
  WITHDRAWALS_CHECKS,
  type WithdrawalsCheck,
} from './withdrawals-checks.ts';

type Found = Difference<WithdrawalsCheck>;

/**
 * Compares withdrawals with the chain and with the journal. Reads the whole tables, also for a single withdrawal: the
 * statement of any wallet may name it. Memory grows with the withdrawals and their entries.
 */
export async function examineWithdrawals(scope: Scope): Promise<Findings> {
  const { bank, id: only } = scope;
  const isSelected = (id: string) => only === undefined || id === only;
  let withdrawals: ReadonlyMap<string, Withdrawal> = new Map();
  /** Reads causes after their effects: withdrawals, chain, journal. */
  const look = async (): Promise<Found[]> => {
    const read = await readWithdrawals(scope, isSelected);
    withdrawals = read.withdrawals;
    const rows = (await bank?.instructions(only ?? 'wdr_')) ?? [];
    const moved = new Map(rows.map((row) => [row.instruction, row]));
    const entries = await readEntries(scope);
    const ids = new Set([...withdrawals.keys(), ...moved.keys(), ...entries.keys()].filter(isSelected));
    const found = [...ids].flatMap((id) => {
      const evidence: Evidence = {
        withdrawal: withdrawals.get(id),
        moved: moved.get(id),
        entries: entries.get(id) ?? [],
      };
      return differencesInWithdrawal(id, evidence).filter(({ check }) => bank || check !== 'chain');
    });
    return [...read.unreadable, ...found];
  };
  const differences = await lastingDifferences(look);
  if (only !== undefined && withdrawals.size === 0 && differences.length === 0) {
    throw new Unexpected(`There is no withdrawal ${only}.`);
  }
  const all = [...withdrawals.values()];
  const open = all.filter((each) => !isTerminal(each)).length;
  return {
    examined: `${many(all.length, 'withdrawal')}${countsOf(all.map(({ status }) => status))}`,
    checks: WITHDRAWALS_CHECKS,
    differences,
    skipped: bank ? [] : ['chain'],
    notes: open > 0 ? [`${many(open, 'withdrawal')} not finished`] : [],
  };
}

async function readWithdrawals({ tables, onProgress }: Scope, isSelected: (id: string) => boolean) {
  const withdrawals = new Map<string, Withdrawal>();
  const unreadable: Found[] = [];
  const onItem = (item: Item) => {
    const id = `${item.pk}`.slice('WITHDRAWAL#'.length);
    if (!isSelected(id)) return;
    const tried = attempt(() => withdrawalOf(item));
    if ('value' in tried) withdrawals.set(id, tried.value);
    else unreadable.push({ check: 'readable', id, message: `withdrawal ${id}: ${tried.error}` });
  };
  await tables.scan('withdrawals', { sk: 'WITHDRAWAL', onItem, onProgress });
  return { withdrawals, unreadable };
}

async function readEntries({ tables, onProgress }: Scope): Promise<Books['withdrawn']> {
  const books = new Books();
  const onItem = (item: Item) => {
    if (item.withdrawal_id !== undefined) books.add(item);
  };
  await tables.scan('wallets', { onItem, onProgress });
  return books.withdrawn;
}
