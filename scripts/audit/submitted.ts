import type { PayoutRow } from '../client.ts';
import type { VendorPayout } from '../seed/vendors.ts';

/** Compares what was handed in with the payouts of the batch: nobody missed, nobody added, every amount as it was. */
export function differencesToSubmitted(
  submitted: readonly VendorPayout[],
  payouts: readonly PayoutRow[],
): readonly string[] {
  const stored = new Map(payouts.map((payout) => [payout.external_id, payout]));
  const handedIn = new Set(submitted.map(({ vendor_id }) => vendor_id));
  const wrong = submitted.flatMap(({ vendor_id: id, amount, currency }) => {
    const payout = stored.get(id);
    if (!payout) return [`${id}: was handed in, but has no payout`];
    if (payout.amount === amount && payout.currency === currency) return [];
    return [`${id}: ${amount} ${currency} was handed in, its payout is of ${payout.amount} ${payout.currency}`];
  });
  const added = payouts
    .filter(({ external_id: id }) => !handedIn.has(id))
    .map(({ payout_id: id }) => `${id}: is a payout that nobody handed in`);
  return [...wrong, ...added];
}
