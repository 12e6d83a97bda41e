import type { Progress, Tables } from '../verify/tables.ts';
import { Groups } from './groups.ts';

/** What the raw rows of a range of days come to. */
export type Recount = {
  readonly groups: Groups;
  /** Rows of the range, of whatever status. */
  readonly rows: number;
};

/**
 * Adds up every transaction of the table one by one: the items under TXN#<id>, which no settlement reads, and none of
 * the segments, which it does read. The items are also taken apart here, not by the code that is audited. It reads the
 * entire table, so it costs as much as the table is large; memory grows with merchants and days.
 */
export async function recount(
  tables: Tables,
  range: { readonly from: string; readonly to: string },
  onProgress: Progress,
): Promise<Recount> {
  const counter = new Counter(range);
  const onItem = ({ row }: { readonly row?: unknown }) => counter.add(`${row}`);
  await tables.scan('transactions', { sk: 'TXN', attributes: ['row'], onItem, onProgress });
  return counter;
}

class Counter implements Recount {
  readonly groups = new Groups();
  rows = 0;
  readonly #from: string;
  readonly #to: string;

  constructor({ from, to }: { readonly from: string; readonly to: string }) {
    this.#from = from;
    this.#to = to;
  }

  add(row: string): void {
    const [merchantId, amount, fee, status, paidAt] = JSON.parse(row) as [string, string, string, string, number];
    const day = new Date(paidAt).toISOString().slice(0, 10);
    if (day < this.#from || day > this.#to) return;
    this.rows += 1;
    if (status === 'PAID') this.groups.add(day, merchantId, BigInt(amount), BigInt(fee));
  }
}
