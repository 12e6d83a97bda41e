import { hash } from 'node:crypto';
import { kindOf } from '../../lib/imports/import.ts';
import { importOf } from '../../lib/imports/items.ts';
import { dayPartition, rowOf, segmentOf } from '../../lib/transactions/items.ts';
import { shardOf } from '../../lib/transactions/segment.ts';
import type { Transaction } from '../../lib/transactions/transaction.ts';
import { Groups } from '../settlement/groups.ts';
import { attempt, type Difference, differencesOf, type Item, unequal } from './difference.ts';

export const ROWS_CHECKS = {
  readable: 'every item is readable',
  segments: 'every row is in exactly one segment, of its day, shard and merchant, unchanged; no segment has other rows',
  imports: 'every import stored or rejected each row that it read',
} as const;
export type RowsCheck = keyof typeof ROWS_CHECKS;

/** Inclusive, `yyyy-mm-dd`. */
export type Days = { readonly from: string; readonly to: string };

/** As the attribute `row` has it. */
type RawRow = [merchantId: string, amount: string, fee: string, status: string, paidAt: number];

/** The number of rows and the sum of their digests: equal for equal sets of rows. */
type Side = { count: number; digest: number };
/** The rows and the segments of one partition and merchant, `DAY#2026-10-31#07 m-1`. */
type Place = { readonly rows: Side; readonly segments: Side };

/** Bounds a digest so that the sum of two is an exact number. */
const MODULUS = 2 ** 48;

/**
 * Takes rows and segments in any order. Each merchant's day is kept as two sums of digests, so memory grows with merchants
 * and days, not with rows.
 */
export class Rows {
  /** The sums of the paid rows by merchant and day. */
  readonly sums = new Groups();
  readonly differences: Difference<RowsCheck>[] = [];
  count = 0;
  readonly #places = new Map<string, Place>();
  readonly #held: Held | undefined;
  readonly #days: Days | undefined;

  /** @param held keeps the rows of some places one by one. @param days only rows and segments of these days */
  constructor({ held, days }: { readonly held?: Held; readonly days?: Days | undefined } = {}) {
    this.#held = held;
    this.#days = days;
  }

  add(item: Item): void {
    const tried = attempt(() => this.#read(item));
    if ('error' in tried) {
      const key = `${item.pk} ${item.sk}`;
      this.differences.push({ check: 'readable', id: key, message: `${key}: ${tried.error}` });
    }
  }

  #read(item: Item): void {
    const [kind, day = ''] = `${item.pk}`.split('#');
    if (kind === 'IDEM') return;
    if (kind === 'TXN') this.#addRow(rowOf(item), item);
    else if (kind === 'DAY') this.#addSegment(day, item);
    else if (kind === 'IMPORT') this.#addImport(item);
    else throw new Error('unknown kind of item');
  }

  #isSelected(day: string): boolean {
    return !this.#days || (day >= this.#days.from && day <= this.#days.to);
  }

  /** Parses and sums the raw row without the code that stores and settles it. */
  #addRow(row: Transaction, raw: Item): void {
    const [merchantId, amount, fee, status, paidAt] = JSON.parse(`${raw.row}`) as RawRow;
    const day = new Date(paidAt).toISOString().slice(0, 10);
    if (!this.#isSelected(day)) return;
    this.count += 1;
    if (status === 'PAID') this.sums.add(day, merchantId, BigInt(amount), BigInt(fee));
    this.#count(`${dayPartition(day as never, shardOf(row.merchantId))} ${row.merchantId}`, 'rows', row);
  }

  #addSegment(day: string, item: Item): void {
    if (!this.#isSelected(day)) return;
    const { merchantId, transactions } = segmentOf(item);
    for (const row of transactions) this.#count(`${item.pk} ${merchantId}`, 'segments', row);
  }

  #addImport(item: Item): void {
    const { id, checkpoint } = importOf(item);
    if (kindOf(id) === 'payouts') return; // uploads-checks.ts
    const { rows, stored, unchanged, rejected } = checkpoint;
    const messages = unequal('rows stored, unchanged or rejected', rows, stored + unchanged + rejected);
    this.differences.push(...differencesOf<RowsCheck>(id, `import ${id}`)('imports', messages));
  }

  #count(place: string, side: keyof Place, row: Transaction): void {
    const text = formatRow(row);
    const sides = this.#places.get(place) ?? { rows: { count: 0, digest: 0 }, segments: { count: 0, digest: 0 } };
    this.#places.set(place, sides);
    sides[side].count += 1;
    sides[side].digest = (sides[side].digest + hash('sha256', text, 'buffer').readUIntBE(0, 6)) % MODULUS;
    this.#held?.add(place, side, row.id, text);
  }

  /** Places whose rows and segments differ. */
  get suspects(): string[] {
    const differ = ({ rows, segments }: Place) => rows.count !== segments.count || rows.digest !== segments.digest;
    return [...this.#places].filter(([, place]) => differ(place)).map(([name]) => name);
  }
}

/** The rows of some places one by one. */
export class Held {
  readonly #places: Map<string, Record<keyof Place, Map<string, string[]>>>;

  constructor(places: Iterable<string>) {
    this.#places = new Map([...places].map((place) => [place, { rows: new Map(), segments: new Map() }]));
  }

  add(place: string, side: keyof Place, id: string, text: string): void {
    const rows = this.#places.get(place)?.[side];
    rows?.set(id, [...(rows.get(id) ?? []), text]);
  }

  /** Rows that differ between the two sides. */
  get suspects(): Suspect[] {
    return [...this.#places].flatMap(([place, { rows, segments }]) =>
      [...new Set([...rows.keys(), ...segments.keys()])]
        .map((id) => ({ place, id, row: rows.get(id)?.[0], entries: segments.get(id) ?? [] }))
        .filter((suspect) => differencesInRow(suspect).length > 0),
    );
  }
}

/** `row`: stored under its id, if it belongs to this place. `entries`: what the segments of the place have of it. */
type Suspect = {
  readonly place: string;
  readonly id: string;
  readonly row: string | undefined;
  readonly entries: readonly string[];
};

export function differencesInRow({ place, id, row, entries }: Suspect): Difference<RowsCheck>[] {
  const differ = differencesOf<RowsCheck>(id, `transaction ${id}`);
  const [first, ...more] = entries;
  if (row === undefined)
    return differ('segments', [`is in a segment of ${place}, but no such row is stored: ${first}`]);
  if (first === undefined) return differ('segments', [`belongs to ${place}, but is in no segment of it`]);
  if (more.length > 0) return differ('segments', [`is ${entries.length} times in ${place}`]);
  return differ('segments', unequal(`in ${place}`, row, first));
}

const formatRow = ({ id, amountCents, feeCents, status, paidAt }: Transaction) =>
  `${id} ${status}, ${amountCents} cents, fee ${feeCents}, at ${new Date(paidAt).toISOString()}`;

/** @param items a whole table that nothing is written to */
export function differencesInRows(items: readonly Item[]): Difference<RowsCheck>[] {
  const rows = new Rows();
  for (const item of items) rows.add(item);
  const held = new Held(rows.suspects);
  const again = new Rows({ held });
  for (const item of items) again.add(item);
  return [...rows.differences, ...held.suspects.flatMap(differencesInRow)];
}
