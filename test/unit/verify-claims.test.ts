import { describe, expect, it } from 'vitest';
import { sumByCurrency } from '../../lib/kernel/money.ts';
import type { Batch } from '../../lib/payouts/batch.ts';
import { totalsOf } from '../../lib/payouts/chunk.ts';
import { claimOf, type Duplicate, keysOf } from '../../lib/payouts/claim.ts';
import { batchItem } from '../../lib/payouts/dynamo-batch-items.ts';
import { chunkItem } from '../../lib/payouts/dynamo-chunk-items.ts';
import { claimItem, duplicatesItem } from '../../lib/payouts/dynamo-claim-items.ts';
import { payoutItem } from '../../lib/payouts/dynamo-payout-items.ts';
import { type PayoutId, payoutId } from '../../lib/payouts/ids.ts';
import { duplicatesKey } from '../../lib/payouts/items.ts';
import type { Payout } from '../../lib/payouts/payout.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { type BatchItems, batchesIn, differencesInBatch } from '../../scripts/verify/payouts-checks.ts';
import { aBatch, aChunk, aPayout } from '../support/builders.ts';

const BATCH = aBatch().id;
const failure = { code: 'ACCOUNT_BLOCKED', message: '', retryable: false };

const found = (items: BatchItems) => differencesInBatch(BATCH, items).map(({ check }) => check);

/** Payouts 1 and 3 of a request of three, with an own id and a sale each; another batch has the id of the second one. */
const claimed = [1, 3].map((position) => {
  const place = { batchId: BATCH, chunk: Math.ceil(position / 2), position };
  const outcome = position === 3 ? { status: 'failed', failure } : { status: 'completed', bankId: 'b' };
  const own = { externalId: `own-${position}`, transactionIds: [`sale-${position}`] };
  return aPayout({ id: payoutId(place), ...own, claims: ['external_id', 'transaction_id'], ...outcome });
});
const [first, third] = claimed as [Payout, Payout];
const otherPayout = 'other.0001.000001' as PayoutId;
const duplicate: Duplicate = {
  ...{ position: 2, externalId: 'own-2', money: first.money, holder: otherPayout },
  key: { kind: 'external_id', value: 'own-2' },
};
const duplicatesOf = (changes: Partial<Duplicate> = {}) => [
  { ...duplicatesKey(BATCH, 1), ...duplicatesItem({ duplicates: [{ ...duplicate, ...changes }] }) },
];
const claimsOf = (payouts: readonly Payout[]) =>
  payouts.flatMap((payout) =>
    keysOf(payout).map((key) => claimItem(claimOf(key, payout, { run: 0, stamp: 's', seen: undefined }))),
  );
const claimingWith = (changes: Partial<Batch> = {}): BatchItems => ({
  header: batchItem(
    aBatch({
      ...{ status: 'partially_completed', run: 1, total: 2, duplicates: 1, chunkSize: 2, chunkCount: 2, claims: true },
      ...{ amounts: sumByCurrency(claimed.map(({ money }) => money)), ...changes },
    }),
  ),
  chunks: [
    chunkItem({ ...aChunk({ number: 1, size: 1 }), ...totalsOf([first]) }),
    chunkItem({ ...aChunk({ number: 2, size: 1 }), ...totalsOf([third]) }),
  ],
  payouts: claimed.map(payoutItem),
  duplicates: duplicatesOf(),
  claims: claimsOf(claimed),
});
const claiming = claimingWith();
const withDuplicates = (changes: Partial<Duplicate>) => ({ ...claiming, duplicates: duplicatesOf(changes) });
/** The request has an invalid entry. @param position of its last payout */
const withInvalid = (position: number): BatchItems => {
  const last = { ...third, id: payoutId({ batchId: BATCH, chunk: 2, position }) };
  const { header } = claimingWith({ invalid: 1 });
  return { ...claiming, header, payouts: [first, last].map(payoutItem), claims: claimsOf([first, last]) };
};
const withClaims = (at: number, changes: Item) => ({
  ...claiming,
  claims: claiming.claims.with(at, { ...claiming.claims[at], ...changes }),
});
const CLAIM_CHECKS: ReadonlySet<string> = new Set(['claims', 'duplicates', 'late', 'readable']);
const LONG_AGO = Date.now() - 60 * 60_000;
const isoOf = (ms: number) => new Date(ms).toISOString();

describe('payouts and their claims', () => {
  it('are stored batch by batch', () => {
    const { header: stored, chunks, payouts, duplicates, claims } = claiming;
    const items = [stored as Item, ...chunks, ...payouts, ...duplicates, ...claims, { pk: 'OTHER', sk: 'OTHER' }];
    const { header, ...rest } = batchesIn(items).get(BATCH) as BatchItems;
    expect([batchesIn(items).size, header, rest]).toEqual([1, stored, { chunks, payouts, duplicates, claims }]);
  });

  it.each<[string, BatchItems]>([
    ['claims', claiming],
    ['claims that failed payouts do not have', { ...claiming, claims: claiming.claims.slice(0, 2) }],
    ['a failed payout whose key another one has', withClaims(2, { holder: 'other.0001.000001' })],
    ['an invalid entry before the last payout', withInvalid(4)],
    ['a rejected batch', { ...claiming, header: { ...claiming.header, status: 'rejected' }, claims: [], ledger: [] }],
  ])('have no differences with %s', (what, items) => {
    const found = differencesInBatch(BATCH, items).filter(({ check }) => CLAIM_CHECKS.has(check));
    expect(found, what).toEqual([]);
  });

  it.each<[string, BatchItems, string]>([
    ['a payout without its claim', { ...claiming, claims: claiming.claims.slice(1) }, 'claims'],
    ['a payout whose key another payout has', withClaims(0, { holder: 'other.0001.000001' }), 'claims'],
    ['a payout whose sale another payout has', withClaims(1, { holder: 'other.0001.000001' }), 'claims'],
    ['a lost list of duplicates', { ...claiming, duplicates: [] }, 'duplicates'],
    ['another count of duplicates', { ...claiming, header: { ...claiming.header, duplicates: 2 } }, 'duplicates'],
    ['more positions than the request has with its invalid entries', withInvalid(5), 'duplicates'],
    ['a payout that is a duplicate too', withDuplicates({ position: 1 }), 'duplicates'],
    ['a duplicate beyond the request', withDuplicates({ position: 4 }), 'duplicates'],
    [
      'an unreadable duplicate',
      { ...claiming, duplicates: [{ ...claiming.duplicates[0], duplicates: '{' }] },
      'readable',
    ],
    ['an unreadable claim', withClaims(0, { kind: 'other' }), 'readable'],
    ['a creation that is not continued', claimingWith({ status: 'creating', creatorUntil: LONG_AGO }), 'late'],
    ['a discarded batch that stays', claimingWith({ status: 'discarding', creatorUntil: LONG_AGO }), 'late'],
    ['a scheduled batch that does not start', claimingWith({ status: 'scheduled', startAt: isoOf(LONG_AGO) }), 'late'],
  ])('%s is found', (_what, items, check) => {
    expect(found(items)).toContain(check);
  });
});
