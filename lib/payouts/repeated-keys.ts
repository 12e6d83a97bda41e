import { isEqual } from 'es-toolkit';
import type { Given, Shape } from './request-entry.ts';

type Key = { readonly field: string; readonly value: string };

/** The keys of an entry that no other entry of the request may have. A vendor that has one payout names it. */
function keysOfEntry(entry: Given, shape: Shape, claimsSales: boolean): Key[] {
  const own = shape === 'payouts' && entry?.external_id === undefined ? 'vendor_id' : 'external_id';
  const sales = claimsSales && Array.isArray(entry?.transaction_ids) ? new Set(entry.transaction_ids) : [];
  return [[own, entry?.[own]] as const, ...[...sales].map((sale) => ['transaction_ids', sale] as const)].flatMap(
    ([field, value]) => (typeof value === 'string' && value !== '' ? [{ field, value }] : []),
  );
}

/** If duplicates are skipped, an entry with the id of an earlier one must be for the same; its sales may be of earlier ones. */
export function sameKeys(body: Given, shape: Shape): { path: (string | number)[]; message: string }[] {
  const entries = Array.isArray(body[shape]) ? (body[shape] as Given[]) : [];
  const skips = (body.duplicates ?? (shape === 'items' ? 'skip' : 'reject')) === 'skip';
  const firsts = new Map<string, number>();
  return entries.flatMap((entry, index) =>
    keysOfEntry(entry, shape, body.claim_transactions === true).flatMap(({ field, value }) => {
      const name = `${field}#${value}`;
      const first = firsts.get(name);
      if (first === undefined) firsts.set(name, index);
      if (first === undefined || first === index) return [];
      const isSame = field === 'transaction_ids' || isForTheSame(entry, entries[first]);
      if (skips && field !== 'vendor_id' && isSame) return [];
      const differs = skips && !isSame ? ', and its amount or payee is another' : '';
      return [{ path: [shape, index, field], message: `is the same as that of ${shape}[${first}]${differs}` }];
    }),
  );
}

function isForTheSame(a: Given, b: Given | undefined): boolean {
  const facts = (entry: Given | undefined) =>
    [entry?.amount, entry?.currency, entry?.vendor_id, entry?.amount_cents, entry?.user_id].map(String);
  return isEqual(facts(a), facts(b));
}
