import type { z } from 'zod';
import { exactNumber } from '../kernel/exact-json.ts';
import { parseCurrency, type Unit } from '../kernel/money.ts';
import type { entriesAnswer } from './answers.ts';
import type { Entry } from './entry.ts';
import type { Line } from './wallet.ts';

/** Exact, in minor units: numbers of a currency, strings of an asset. */
export const amountView = (unit: Unit, minor: bigint) => (parseCurrency(unit) ? exactNumber(`${minor}`) : `${minor}`);

/** The entries of a payment or a withdrawal: those of the wallet's statement, and the capture. */
export type Journal = { readonly lines: readonly Line[]; readonly capture: Entry | undefined };

/** In the order of time. */
export function journalView({ lines, capture }: Journal): z.input<typeof entriesAnswer> {
  const all = [...lines.map(({ entry, seq }) => ({ entry, seq })), ...(capture ? [{ entry: capture, seq: null }] : [])];
  const ordered = all.sort((a, b) => Date.parse(a.entry.at) - Date.parse(b.entry.at));
  return {
    entries: ordered.map(({ entry: { id, type, postings, at }, seq }) => ({
      entry_id: id,
      type,
      postings: postings.map(({ account, amount, currency }) => ({
        account,
        amount: amountView(currency, amount),
        currency,
      })),
      seq,
      created_at: at,
    })),
  };
}
