import { hash } from 'node:crypto';
import { importOf } from '../../lib/imports/items.ts';
import { dayPartition, rowOf, segmentOf } from '../../lib/transactions/items.ts';
import { shardOf } from '../../lib/transactions/segment.ts';
import { settlementDay, TRANSACTION_STATUSES, type Transaction } from '../../lib/transactions/transaction.ts';
import { Groups } from '../settlement/groups.ts';
import { attempt, type Difference, differencesOf, type Item, unequal } from './difference.ts';

export const ROWS_CHECKS = {
  readable: 'every item can be read',
  segments: 'every row stands in one segment, of its day, shard and merchant, as it is; and no segment has any other',
  imports: 'every import has stored or reported each row that it has read',
} as const;
export type RowsCheck = keyof typeof ROWS_CHECKS;

/** Rows on one side, by their ids: whether in both lists they are the same shows by their sums. */
type Side = { count: number; digest: number };
/** A segment's partition and merchant: `DAY#2026-10-31#07 m-1`. */
type Place = { readonly rows: Side; readonly segments: Side };

/** Of a digest; a sum of two is still exact. */
const MODULUS = 2 ** 48;

/**
 * Rows and segments as they come, in any order. Each merchant's day is kept as two sums of digests, so what this holds
 * grows with merchants and days, not with rows.
 */
export class Rows {
  /** What the rows come to that are paid, by merchant and day. */
  readonly sums = new Groups();
  readonly differences: Difference<RowsCheck>[] = [];
  rows = 0;
  readonly #places = new Map<string, Place>();
  readonly #held: Held | undefined;

  /** @param held what is to be kept of some places, row by row */
  constructor(held?: Held) {
    this.#held = held;
  }

  add(item: Item): void {
    const tried = attempt(() => this.#read(item));
    if ('why' in tried) {
      const says = `${item.pk} ${item.sk}: ${tried.why}`;
      this.differences.push({ check: 'readable', id: `${item.pk} ${item.sk}`, says });
    }
  }

  #read(item: Item): void {
    const [kind] = `${item.pk}`.split('#');
    if (kind === 'IDEM') return;
    if (kind === 'TXN') this.#addRow(legal(rowOf(item)));
    else if (kind === 'DAY') this.#addSegment(item);
    else if (kind === 'IMPORT') this.differences.push(...differencesInImport(item));
    else throw new Error('there are no such items');
  }

  #addRow(row: Transaction): void {
    const day = settlementDay(row);
    this.rows += 1;
    if (row.status === 'PAID') this.sums.add(day, row.merchantId, row.amountCents, row.feeCents);
    this.#count(`${dayPartition(day, shardOf(row.merchantId))} ${row.merchantId}`, 'rows', row);
  }

  #addSegment(item: Item): void {
    const { merchantId, transactions } = segmentOf(item);
    for (const row of transactions) this.#count(`${item.pk} ${merchantId}`, 'segments', row);
  }

  #count(place: string, side: keyof Place, row: Transaction): void {
    const said = saying(row);
    const sides = this.#places.get(place) ?? { rows: { count: 0, digest: 0 }, segments: { count: 0, digest: 0 } };
    this.#places.set(place, sides);
    sides[side].count += 1;
    sides[side].digest = (sides[side].digest + hash('sha256', said, 'buffer').readUIntBE(0, 6)) % MODULUS;
    this.#held?.add(place, side, row.id, said);
  }

  /** Places whose rows and segments are not the same. */
  get suspects(): string[] {
    const differ = ({ rows, segments }: Place) => rows.count !== segments.count || rows.digest !== segments.digest;
    return [...this.#places].filter(([, place]) => differ(place)).map(([name]) => name);
  }
}

/** Rows of some places one by one. */
export class Held {
  readonly #places: Map<string, Record<keyof Place, Map<string, string[]>>>;

  constructor(places: Iterable<string>) {
    this.#places = new Map([...places].map((place) => [place, { rows: new Map(), segments: new Map() }]));
  }

  add(place: string, side: keyof Place, id: string, said: string): void {
    const rows = this.#places.get(place)?.[side];
    rows?.set(id, [...(rows.get(id) ?? []), said]);
  }

  /** Rows that are not the same on both sides. */
  get suspects(): Suspect[] {
    return [...this.#places].flatMap(([place, { rows, segments }]) =>
      [...new Set([...rows.keys(), ...segments.keys()])]
        .map((id) => ({ place, id, row: rows.get(id)?.[0], entries: segments.get(id) ?? [] }))
        .filter((suspect) => differencesInRow(suspect).length > 0),
    );
  }
}

/** A row in words, as it is stored under its id, if it belongs into this place; and what the segments of the place have of it. */
type Suspect = {
  readonly place: string;
  readonly id: string;
  readonly row: string | undefined;
  readonly entries: readonly string[];
};

export function differencesInRow({ place, id, row, entries }: Suspect): Difference<RowsCheck>[] {
  const differ = differencesOf<RowsCheck>(id, `transaction ${id}`);
  const [first, ...more] = entries;
  if (row === undefined) return differ('segments', [`stands in ${place}, and is not stored as one of it: ${first}`]);
  if (first === undefined) return differ('segments', [`belongs into ${place}, and stands in no segment of it`]);
  if (more.length > 0) return differ('segments', [`stands ${entries.length} times in ${place}`]);
  return differ('segments', unequal(`in ${place}`, row, first));
}

/** A row in words. */
const saying = ({ id, amountCents, feeCents, status, paidAt }: Transaction) =>
  `${id} ${status}, ${amountCents} cents, fee ${feeCents}, at ${new Date(paidAt).toISOString()}`;

function legal(row: Transaction): Transaction {
  if (!TRANSACTION_STATUSES.includes(row.status)) throw new Error(`there is no status ${row.status}`);
  return row;
}

function differencesInImport(item: Item): Difference<RowsCheck>[] {
  const { id, checkpoint } = importOf(item);
  const { rows, stored, unchanged, rejected } = checkpoint;
  const told = unequal('rows read, and accounted for', rows, stored + unchanged + rejected);
  return differencesOf<RowsCheck>(id, `import ${id}`)('imports', told);
}

/** Of a whole table that nobody writes to meanwhile. */
export function differencesInRows(items: readonly Item[]): Difference<RowsCheck>[] {
  const rows = new Rows();
  for (const item of items) rows.add(item);
  const held = new Held(rows.suspects);
  const again = new Rows(held);
  for (const item of items) again.add(item);
  return [...rows.differences, ...held.suspects.flatMap(differencesInRow)];
}
