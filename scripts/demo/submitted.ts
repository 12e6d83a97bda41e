import type { Payout } from '../../client/index.ts';
import type { VendorPayout } from '../seed/vendors.ts';

/** Compares the submitted payouts with the payouts of the batch: none missing, none added, every amount unchanged. */
export function differencesToSubmitted(
  submitted: readonly VendorPayout[],
  payouts: readonly Payout[],
): readonly string[] {
  const stored = new Map(payouts.map((payout) => [payout.external_id, payout]));
  const ids = new Set(submitted.map(({ vendor_id }) => vendor_id));
  const wrong = submitted.flatMap(({ vendor_id: id, amount, currency }) => {
    const payout = stored.get(id);
    if (!payout) return [`${id}: was submitted, but has no payout`];
    if (payout.amount === amount && payout.currency === currency) return [];
    return [`${id}: expected ${amount} ${currency}, found ${payout.amount} ${payout.currency}`];
  });
  const added = payouts
    .filter(({ external_id: id }) => !ids.has(id))
    .map(({ payout_id: id }) => `${id}: is a payout that was not submitted`);
  return [...wrong, ...added];
}
