import { type Item, withdrawalOf } from '../../lib/withdrawals/items.ts';
import type { Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import type { Client } from '../client.ts';
import { attempt } from '../verify/difference.ts';
import { whatStays } from '../verify/looks.ts';
import type { Progress, Tables } from '../verify/tables.ts';
import { Books } from '../wallets/books.ts';
import { type Difference, differencesOf, type Evidence } from './checks.ts';

export type Examined = {
  readonly withdrawals: ReadonlyMap<string, Withdrawal>;
  readonly differences: readonly Difference[];
};

/**
 * Compares every withdrawal with the chain and with the journal, over and over if something differs. All withdrawals, and
 * all entries of the journal that name one, are held in memory.
 * @param chain without one, what was moved is not known, and nothing is said of it
 */
export async function examine(tables: Tables, chain: Client | undefined, onProgress: Progress): Promise<Examined> {
  let withdrawals: ReadonlyMap<string, Withdrawal> = new Map();
  /** The withdrawals before the chain, and the chain before the journal: each tells of what the one before has caused. */
  const look = async () => {
    const read = await readWithdrawals(tables, onProgress);
    withdrawals = read.withdrawals;
    const moved = chain && new Map((await chain.instructions('wdr_')).map((row) => [row.instruction, row]));
    const withdrawn = await readEntries(tables, onProgress);
    const ids = new Set([...withdrawals.keys(), ...(moved?.keys() ?? []), ...withdrawn.keys()]);
    const found = [...ids].flatMap((id) => {
      const evidence: Evidence = {
        withdrawal: withdrawals.get(id),
        moved: moved?.get(id),
        entries: withdrawn.get(id) ?? [],
      };
      return differencesOf(id, evidence).filter(({ check }) => moved !== undefined || check !== 'chain');
    });
    return [...read.unreadable, ...found];
  };
  const differences = await whatStays(look);
  return { withdrawals, differences };
}

async function readWithdrawals(tables: Tables, onProgress: Progress) {
  const withdrawals = new Map<string, Withdrawal>();
  const unreadable: Difference[] = [];
  const onItem = (item: Item) => {
    if (item.sk !== 'WITHDRAWAL') return;
    const id = `${item.pk}`.slice('WITHDRAWAL#'.length);
    const tried = attempt(() => withdrawalOf(item));
    if ('read' in tried) withdrawals.set(id, tried.read);
    else unreadable.push({ check: 'readable', id, says: `withdrawal ${id}: ${tried.why}` });
  };
  await tables.scan('withdrawals', { onItem, onProgress });
  return { withdrawals, unreadable };
}

async function readEntries(tables: Tables, onProgress: Progress): Promise<Books['withdrawn']> {
  const books = new Books();
  const onItem = (item: Item) => {
    if (item.withdrawal_id !== undefined) books.add(item);
  };
  await tables.scan('wallets', { onItem, onProgress });
  return books.withdrawn;
}
