import {
  type AskedList,
  askedPayout,
  different,
  invalidName,
  type Mode,
  NUMBERS,
  type Shape,
  vendorPayout,
} from './lifecycle-requests.ts';
import type { Chance } from './schedule.ts';

/** An upload that a client asks for, and the files that it stores for it, one after the other. */
export type AskedUpload = {
  /** The service does not get it. */
  readonly name: string;
  readonly body: { readonly duplicates: Mode; readonly on_invalid: string } & Record<string, unknown>;
  readonly files: readonly AskedFile[];
};
export type AskedFile = { readonly content: string; readonly rows: AskedList };

/** From this sum on, in minor units of IDR, a batch needs an approval. Only files of nine rows and more reach it. */
export const LARGE = 87_000n;

/** @param first the number of the first payout that nobody else asks for */
export function drawUpload(chance: Chance, name: string, first: number): AskedUpload {
  const mode = chance.oneOf(['skip', 'skip', 'reject', 'allow'] as const);
  const shape = { isPix: false, mode, claimsSales: mode !== 'allow' && chance.isTrue(0.5) };
  const format = chance.oneOf(['csv', 'jsonl'] as const);
  const on_invalid = chance.oneOf(['skip', 'skip', 'reject_all']);
  const files = Array.from({ length: chance.isTrue(0.4) ? 2 : 1 }, (_, nth) =>
    drawFile(chance, { nth: nth + 1, shape, format, first: first + 20 * nth }),
  );
  const { claimsSales: claim_transactions } = shape;
  const auto_start = chance.isTrue(0.7);
  return { name, body: { format, duplicates: mode, on_invalid, claim_transactions, auto_start }, files };
}

type Drawn = { readonly nth: number; readonly shape: Shape; readonly format: string; readonly first: number };

/** Some of the payouts that all share, and others. The name of each payee tells the file. */
function drawFile(chance: Chance, { nth, shape, format, first }: Drawn): AskedFile {
  const shared = different(Array.from({ length: chance.between(0, 3) }, () => chance.oneOf(NUMBERS)));
  const own = Array.from({ length: chance.oneOf([2, 3, 5, 9, 9]) }, (_, index) => first + index);
  const again = shape.mode === 'skip' && chance.isTrue(0.3) ? shared.slice(0, 1) : [];
  const numbers: (number | undefined)[] = [...shared, ...own, ...again];
  if (chance.isTrue(0.2)) numbers.splice(chance.between(0, numbers.length), 0, undefined);
  const entries = numbers.map((number, index) => {
    const entry = { ...vendorPayout(number ?? 1), vendor_name: nameOfFile(nth) };
    return number === undefined ? { ...entry, external_id: invalidName(index), amount: -1 } : entry;
  });
  return {
    content: format === 'csv' ? csvOf(entries) : entries.map((entry) => JSON.stringify(entry)).join('\n'),
    rows: numbers.map((number) => (number === undefined ? undefined : askedPayout(number, shape))),
  };
}

export const nameOfFile = (nth: number) => `File ${nth}`;

function csvOf(entries: readonly object[]): string {
  const lines = entries.map((entry) =>
    Object.values(entry)
      .map((value) => (Array.isArray(value) ? value.join(';') : value))
      .join(','),
  );
  return `${[Object.keys(entries[0] ?? {}).join(','), ...lines].join('\n')}\n`;
}

/** Whether nothing of a file is stored. */
export const isRefused = ({ body }: AskedUpload, { rows }: AskedFile) =>
  rows.includes(undefined) && body.on_invalid === 'reject_all';

/** Whether every file of an upload is so large that other persons have to approve it. */
export function isLarge({ files }: AskedUpload): boolean {
  return files.every(({ rows }) => rows.reduce((sum, row) => sum + BigInt(row?.minor ?? 0), 0n) >= LARGE);
}
