import pMap from 'p-map';
import { rowKey } from '../../lib/transactions/items.ts';
import type { TransactionId } from '../../lib/transactions/transaction.ts';
import type { Scope } from './examination.ts';
import { type Days, differencesInRow, Held, Rows } from './rows-checks.ts';

const PARALLEL_ROWS = 8;

/** Reads all rows and segments, or those of some days. */
export async function readRows(scope: Scope, days?: Days) {
  const rows = new Rows({ days });
  const { tables, onProgress } = scope;
  await tables.scan('transactions', { onItem: (item) => rows.add(item), onProgress });
  const differences = [...rows.differences, ...(await readAgain(scope, rows.suspects))];
  return { sums: rows.sums, count: rows.count, differences };
}

/**
 * Rows arrive while the table is read. So the places that differ are read again row by row, and then each differing row by
 * itself: the row first, then its segments, which are written together with it and never change.
 */
async function readAgain({ tables, onProgress }: Scope, suspects: readonly string[]) {
  if (suspects.length === 0) return [];
  const held = new Held(suspects);
  const rows = new Rows({ held });
  await tables.scan('transactions', { onItem: (item) => rows.add(item), onProgress });
  const readRow = async ({ id, place }: { id: string; place: string }) => {
    const row = await tables.get('transactions', rowKey(id as TransactionId));
    const [partition = '', merchant = ''] = place.split(' ');
    const segments = await tables.query('transactions', partition, `${merchant}#`);
    const alone = new Held([place]);
    const both = new Rows({ held: alone });
    for (const item of row ? [row, ...segments] : segments) both.add(item);
    return alone.suspects.filter((suspect) => suspect.id === id).flatMap(differencesInRow);
  };
  return (await pMap(held.suspects, readRow, { concurrency: PARALLEL_ROWS })).flat();
}
