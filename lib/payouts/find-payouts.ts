import { uniq } from 'es-toolkit';
import pMap from 'p-map';
import { cursorOf, type Page, type PageRequest, positionIn, unknownCursor } from '../kernel/page.ts';
import { shownStatus } from './chunk.ts';
import { type ClaimKey, keysOf, nameOf } from './claim.ts';
import { type BatchId, type PayoutId, placeOf } from './ids.ts';
import type { PayoutStatus, SearchedStatus } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import { listPayouts, type ShownPayout } from './read-batches.ts';

const PARALLEL_READS = 8;

/** Which payouts are wanted. */
export type Wanted =
  | { readonly key: ClaimKey }
  | { readonly batchId: BatchId; readonly status?: PayoutStatus | undefined }
  | { readonly status: SearchedStatus };

/**
 * Payouts of all batches by a key that they claimed or by a status, or all payouts of one batch. Order by a key:
 * its holder, then its earlier holders, newest first. Order by a status: oldest change first.
 * @throws AppError NOT_FOUND there is no such batch @throws AppError VALIDATION_ERROR no page of this list had the cursor
 */
export async function findPayouts(deps: PayoutDeps, wanted: Wanted, page: PageRequest): Promise<Page<ShownPayout>> {
  if ('key' in wanted) return payoutsWithKey(deps, wanted.key, page);
  if ('batchId' in wanted) {
    const { payouts, cursor } = await listPayouts(deps, wanted.batchId, { ...page, status: wanted.status });
    return { items: payouts, cursor };
  }
  const { items, cursor } = await deps.index.list(wanted.status, page);
  return { items: items.map((payout) => ({ payout, status: payout.status })), cursor };
}

async function payoutsWithKey(
  { claims, chunks }: PayoutDeps,
  key: ClaimKey,
  { limit, cursor }: PageRequest,
): Promise<Page<ShownPayout>> {
  const [claim] = await claims.read([key]);
  const ids = claim ? uniq([claim.holder, ...claim.earlier.toReversed()]) : [];
  const after = cursor === undefined ? undefined : (positionIn(cursor) as PayoutId);
  const first = after === undefined ? 0 : ids.indexOf(after) + 1;
  if (after !== undefined && first === 0) throw unknownCursor();
  const wanted = ids.slice(first, first + limit);
  const read = await pMap(wanted, (id) => chunks.readPayout(placeOf(id)), { concurrency: PARALLEL_READS });
  // A batch that was given up is deleted, and its id may be given again: then another payout has the id.
  const items = read.flatMap((found) => {
    const isClaimant = found && keysOf(found.payout).some((own) => nameOf(own) === nameOf(key));
    return isClaimant ? [{ payout: found.payout, status: shownStatus(found.payout, found.chunk) }] : [];
  });
  return { items, cursor: first + limit < ids.length ? cursorOf(`${wanted.at(-1)}`) : undefined };
}
