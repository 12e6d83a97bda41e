import { type Batch, isFinished, type Payout } from '../../client/index.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import { totalsOf } from '../../lib/payouts/chunk.ts';
import { isBeingStored } from '../../lib/payouts/claim.ts';
import { payoutOf } from '../../lib/payouts/dynamo-payout-items.ts';
import { attempt, differencesOf, unequal } from './difference.ts';
import { type BatchItems, formatSums, sumOf } from './payouts-checks.ts';

/** Made for a single batch only. */
export const SHOWN_CHECK = { shown: 'the API shows the stored payouts, counts and sums' } as const;

/** What the API shows of a batch, read before its items. */
export type Shown = { readonly batch: ShownBatch; readonly payouts: readonly ShownPayout[] };
export type ShownBatch = Pick<Batch, 'status' | 'run' | 'total_count' | 'counts' | 'completed_totals'>;
export type ShownPayout = Pick<Payout, 'payout_id' | 'status' | 'amount_minor' | 'currency'>;

/**
 * The counts and the pages of an open batch are read at different moments, so only their totals must agree. A finished
 * batch that was not restarted must be shown with its stored values.
 * @param shown an error message if the API could not show the batch
 */
export function differencesToShown(id: string, { header, payouts }: BatchItems, shown: Shown | string) {
  const differ = differencesOf<'shown'>(id, `batch ${id}`);
  if (!header || isBeingStored({ status: `${header.status}` })) return [];
  if (typeof shown === 'string') return differ('shown', [`the API does not show it: ${shown}`]);
  const { batch, payouts: rows } = shown;
  const listed = new Map(rows.map((row) => [row.payout_id, `${row.status} ${row.amount_minor} ${row.currency}`]));
  const totals = [
    ...unequal('total', header.total, batch.total_count),
    ...unequal('sum of the counts', batch.total_count, sumOf(batch.counts)),
    ...unequal('payouts in the pages', batch.total_count, rows.length),
    ...unequal('different payouts in the pages', rows.length, listed.size),
  ];
  if (!isFinished(batch) || header.run !== batch.run) return differ('shown', totals);
  const stored = payouts.flatMap((item) => {
    const tried = attempt(() => payoutOf(item));
    return 'value' in tried ? tried.value : [];
  });
  const { counts, completedAmounts } = totalsOf(stored);
  return differ('shown', [
    ...totals,
    ...stored.flatMap(({ id, status, money: { minor, currency } }) =>
      unequal(id, `${status} ${minor} ${currency}`, listed.get(id)),
    ),
    ...unequal('completed', counts.completed, batch.counts.completed),
    ...unequal('failed', counts.failed, batch.counts.failed),
    ...unequal(
      'sums completed',
      formatSums(completedAmounts),
      formatSums(new Map(batch.completed_totals.map((sum) => [sum.currency as Currency, BigInt(sum.amount_minor)]))),
    ),
  ]);
}
