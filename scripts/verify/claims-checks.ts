import type { Batch } from '../../lib/payouts/batch.ts';
import { type Claim, type Duplicate, isBeingStored, keysOf, nameOf } from '../../lib/payouts/claim.ts';
import { placeOf } from '../../lib/payouts/ids.ts';
import { isUnpaid, type Payout } from '../../lib/payouts/payout.ts';
import { type Difference, differencesOf, type Item, unequal } from './difference.ts';

/** `claims`: those that exist of the keys of the batch's payouts, and perhaps others. */
export type ClaimItems = { readonly duplicates: readonly Item[]; readonly claims: readonly Item[] };

/** An outage of this length is no news. */
const LATE_MS = 15 * 60_000;

/** A claim has one holder, so two payouts that may be paid cannot both have it. */
export function differencesInClaims(batch: Batch, payouts: readonly Payout[], claims: readonly Claim[]) {
  if (batch.status === 'discarding' || batch.status === 'rejected') return [];
  const holders = new Map(claims.map((claim) => [nameOf(claim), claim.holder]));
  return payouts
    .filter((payout) => !isUnpaid(payout))
    .flatMap(({ id, status, ...instruction }): Difference<'claims'>[] =>
      differencesOf<'claims'>(batch.id, `payout ${id}, ${status}`)(
        'claims',
        keysOf(instruction).flatMap((key) =>
          unequal(`the payout that has ${nameOf(key)}`, id, holders.get(nameOf(key))),
        ),
      ),
    );
}

/** A payout's position is that of its request, so a duplicate or an invalid entry leaves a gap. Chunks are cut without the invalid ones. */
export function differencesInDuplicates(batch: Batch, payouts: readonly Payout[], duplicates: readonly Duplicate[]) {
  const differ = differencesOf<'duplicates'>(batch.id, `batch ${batch.id}, ${batch.status}`);
  // A batch of an upload that failed may not have been stored whole.
  if (isBeingStored(batch) || batch.status === 'rejected') return [];
  const request = batch.total + batch.duplicates;
  const places = payouts.map(({ id }) => placeOf(id));
  const positions = [...places, ...duplicates].map(({ position }) => position);
  const different = [...new Set(positions)].sort((a, b) => a - b);
  const last = different.at(-1) ?? 0;
  const orders = new Map(different.map((position, index) => [position, batch.invalid > 0 ? index + 1 : position]));
  const chunkAt = (position: number) => Math.ceil((orders.get(position) ?? 0) / batch.chunkSize);
  const strangers = places.filter(({ chunk, position }) => chunk !== chunkAt(position));
  return differ('duplicates', [
    ...unequal('duplicates', batch.duplicates, duplicates.length),
    ...unequal('different positions', request, different.length),
    ...unequal('last position', Math.min(Math.max(last, request), request + batch.invalid), last),
    ...strangers.map(({ chunk, position }) => `position ${position} is in chunk ${chunk}`),
  ]);
}

/** Recovery discards an abandoned creation and starts a scheduled batch within minutes. */
export function differencesInTime(batch: Batch, now: number): Difference<'late'>[] {
  const isHeldUp = batch.status === 'discarding' || (batch.status === 'creating' && batch.claims);
  const dueAt = isHeldUp
    ? batch.creatorUntil
    : batch.status === 'scheduled'
      ? Date.parse(batch.startAt ?? '')
      : Number.POSITIVE_INFINITY;
  const differ = differencesOf<'late'>(batch.id, `batch ${batch.id}`);
  return dueAt + LATE_MS < now
    ? differ('late', [`${batch.status}, but should not be since ${new Date(dueAt).toISOString()}`])
    : [];
}
