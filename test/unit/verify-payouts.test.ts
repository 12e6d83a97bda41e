import { describe, expect, it } from 'vitest';
import { sumByCurrency } from '../../lib/kernel/money.ts';
import { addCounts, countersUnderLease, totalsOf } from '../../lib/payouts/chunk.ts';
import { batchItem } from '../../lib/payouts/dynamo-batch-items.ts';
import { chunkItem } from '../../lib/payouts/dynamo-chunk-items.ts';
import { payoutItem } from '../../lib/payouts/dynamo-payout-items.ts';
import { payoutId } from '../../lib/payouts/ids.ts';
import type { Payout } from '../../lib/payouts/payout.ts';
import type { LedgerRow } from '../../scripts/bank.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { type BatchItems, differencesInBatch } from '../../scripts/verify/payouts-checks.ts';
import {
  differencesToShown,
  type Shown,
  type ShownBatch,
  type ShownPayout,
} from '../../scripts/verify/payouts-shown.ts';
import { aBatch, aChunk, aPayout, currency } from '../support/builders.ts';

const BATCH = aBatch().id;
const failure = { code: 'ACCOUNT_BLOCKED', message: '', retryable: false };

/** Two chunks of two: three are paid, one is not. */
const payouts = [1, 2, 3, 4].map((position) => {
  const place = { batchId: BATCH, chunk: Math.ceil(position / 2), position };
  const money = { minor: BigInt(100 * position), currency: currency(position === 2 ? 'PHP' : 'IDR') };
  const outcome = position === 4 ? { status: 'failed', failure } : { status: 'completed', bankId: 'b' };
  return { place, payout: aPayout({ id: payoutId(place), money, ...outcome }) };
});
const chunkOfTwo = (number: number, all: Payout[]) => ({ ...aChunk({ number, size: 2 }), ...totalsOf(all) });
const all = payouts.map(({ payout }) => payout);
const chunks = [chunkOfTwo(1, all.slice(0, 2)), chunkOfTwo(2, all.slice(2))];
const batch = aBatch({
  ...{ status: 'partially_completed', run: 1, total: 4, chunkSize: 2, chunkCount: 2 },
  amounts: sumByCurrency(all.map(({ money }) => money)),
});
const row = ({ id, money }: Payout): LedgerRow => ({
  ...{ instruction: id, moves: 1, moved_minor: `${money.minor}`, currency: money.currency },
});
const right = {
  header: batchItem(batch) as Item,
  chunks: chunks.map(chunkItem) as Item[],
  payouts: all.map(payoutItem),
  ledger: all.slice(0, 3).map(row),
  duplicates: [] as Item[],
  claims: [] as Item[],
};
const NOTHING = { header: undefined, chunks: [], payouts: [], duplicates: [], claims: [], ledger: [] };

const found = (items: BatchItems) => differencesInBatch(BATCH, items).map(({ check }) => check);
const withPayout = (at: number, changes: Item) => ({
  ...right,
  payouts: right.payouts.with(at, { ...right.payouts[at], ...changes }),
});
const withChunk = (changes: Item) => ({ ...right, chunks: right.chunks.with(0, { ...right.chunks[0], ...changes }) });
const withHeader = (changes: Item) => ({ ...right, header: { ...right.header, ...changes } });
const withRow = (at: number, changes: Partial<LedgerRow>) => ({
  ...right,
  ledger: right.ledger.with(at, { ...(right.ledger[at] as LedgerRow), ...changes }),
});

describe('payouts', () => {
  it.each<[string, BatchItems]>([
    ['equal to the ledger', right],
    ['not compared with a bank', { ...right, ledger: undefined }],
    ['first refused by the bank', { ...right, ledger: [...right.ledger, { ...row(all[3] as Payout), moves: 0 }] }],
    ['given back in part', withRow(0, { returned_minor: '99' })],
    ['deleted', NOTHING],
    [
      'being created',
      { ...right, header: batchItem(aBatch({ status: 'creating', total: 4 })), chunks: [], ledger: [] },
    ],
  ])('have no differences when they are %s', (what, items) => {
    const pending = what === 'being created' ? { ...items, payouts: [] } : items;
    expect(differencesInBatch(BATCH, pending)).toEqual([]);
  });

  it('of a leased chunk are processing only in the counters', () => {
    const open = all
      .slice(0, 2)
      .map((payout) => aPayout({ id: payout.id, money: payout.money, status: 'retrying', failure }));
    const counted = totalsOf(open);
    const leased = { ...aChunk({ number: 1, size: 2 }), ...countersUnderLease(counted) };
    const items = {
      ...right,
      header: batchItem({ ...batch, status: 'in_progress' }),
      chunks: [{ ...chunkItem(leased), lease_owner: 'w', lease_until: 1 }, right.chunks[1] as Item],
      payouts: [...open.map(payoutItem), ...right.payouts.slice(2)],
    };
    expect(found(items)).toEqual([]);
    const freed = { ...items, chunks: [chunkItem(leased), right.chunks[1] as Item] };
    expect(new Set(found(freed))).toEqual(new Set(['counters']));
  });

  it.each<[string, BatchItems, string[]]>([
    ['a double payment', withRow(0, { moves: 2 }), ['once']],
    ['another amount', withRow(0, { moved_minor: '101' }), ['once']],
    ['another currency', withRow(0, { currency: 'PHP' }), ['once']],
    ['a completed payout that was not paid', { ...right, ledger: right.ledger.slice(1) }, ['completed']],
    ['a completed payout that was given back', withRow(0, { returned_minor: '100' }), ['returned']],
    ['a failed payout that was paid', { ...right, ledger: all.map(row) }, ['completed']],
    [
      'an unknown payout',
      { ...right, ledger: [...right.ledger, { ...row(all[0] as Payout), instruction: 'batch.0009.000001' }] },
      ['strangers'],
    ],
    ['an unknown status', withPayout(0, { status: 'paid' }), ['readable', 'counters']],
    ['a status that is never stored', withPayout(0, { status: 'processing' }), ['readable', 'counters']],
    ['an unreadable payout', withPayout(0, { instruction: '{' }), ['readable', 'counters']],
    ['a payout of another status', withPayout(0, { status: 'pending' }), ['counters', 'finished']],
    ['counts with a wrong sum', withChunk({ n_completed: 1 }), ['counts', 'counters', 'whole', 'finished']],
    ['a wrong count of retryable failures', withChunk({ failed_retryable: 1 }), ['counters']],
    ['another sum of a chunk', withChunk({ completed_amounts: { IDR: '101', PHP: '200' } }), ['counters']],
    ['another sum of the batch', withHeader({ amounts: { IDR: '800' } }), ['whole']],
    ['another total', withHeader({ total: 5 }), ['whole', 'finished', 'duplicates']],
    ['another end', withHeader({ status: 'completed' }), ['finished']],
    ['a batch with an unknown status', withHeader({ status: 'done' }), ['readable']],
    [
      'a failed payout that its status does not find',
      withPayout(3, { gsi2pk: undefined, gsi2sk: undefined }),
      ['index'],
    ],
    [
      'a failed payout in another place of the index',
      withPayout(3, { gsi2sk: '2026-11-01T00:00:00.000Z#x' }),
      ['index'],
    ],
    ['a paid payout that is found as failed', withPayout(0, { gsi2pk: 'STATUS#failed#1', gsi2sk: 'x' }), ['index']],
    [
      'a lost payout',
      { ...right, payouts: right.payouts.slice(1) },
      ['strangers', 'counters', 'whole', 'finished', 'duplicates'],
    ],
    ['a lost chunk', { ...right, chunks: right.chunks.slice(1) }, ['whole']],
    ['a lost header', { ...right, header: undefined }, ['whole']],
  ])('%s is found', (_what, items, expected) => {
    expect(new Set(found(items))).toEqual(new Set(expected));
    for (const { id, message } of differencesInBatch(BATCH, items))
      expect([id, message]).toEqual([BATCH, expect.stringContaining(BATCH)]);
  });

  it('that are returned are compared with what the bank gave back', () => {
    const returned = aPayout({
      ...{ id: all[0]?.id, money: all[0]?.money, status: 'returned', bankId: 'b' },
      returned: { code: 'AC04', at: '2026-11-25T09:00:00.000Z' },
    });
    const items = {
      ...right,
      payouts: right.payouts.with(0, payoutItem(returned)),
      chunks: right.chunks.with(0, chunkItem(chunkOfTwo(1, [returned, all[1] as Payout]))),
    };
    const withReturned = (returned_minor: string) => ({
      ...items,
      ledger: right.ledger.with(0, { ...row(returned), returned_minor }),
    });
    expect(found(withReturned('100'))).toEqual([]);
    expect(found(withReturned('99'))).toEqual(['returned']);
    expect(found(withReturned('0'))).toEqual(['returned']);
  });

  it('of a deleted batch are found if they were paid', () => {
    const lost = { ...NOTHING, ledger: right.ledger };
    expect(new Set(found(lost))).toEqual(new Set(['strangers']));
  });

  const shown: Shown = {
    batch: {
      ...{ batch_id: BATCH, status: 'partially_completed', run: 1, total_count: 4, retryable_failures: 0 },
      counts: { ...addCounts([]), completed: 3, failed: 1 },
      completed_totals: [
        { currency: 'IDR', amount: 4, amount_minor: 400n },
        { currency: 'PHP', amount: 2, amount_minor: 200n },
      ],
    },
    payouts: all.map(({ id, status, money: { minor, currency } }) => ({
      ...{ payout_id: id, external_id: id, status, amount: Number(minor), amount_minor: minor, currency },
    })),
  };
  const withShown = (changes: Partial<ShownBatch>, payouts = shown.payouts) => ({
    batch: { ...shown.batch, ...changes },
    payouts,
  });

  it('have no differences when the API shows the stored values', () => {
    expect(differencesToShown(BATCH, right, shown)).toEqual([]);
  });

  it.each<[string, Shown | string]>([
    ['an error', 'Nothing found'],
    ['another total', withShown({ total_count: 5 })],
    ['counts with a wrong sum', withShown({ counts: { ...shown.batch.counts, pending: 1 } })],
    ['another count', withShown({ counts: { ...shown.batch.counts, completed: 2, failed: 2 } })],
    ['another sum', withShown({ completed_totals: shown.batch.completed_totals.slice(1) })],
    ['a repeated payout', withShown({}, [...shown.payouts.slice(1), shown.payouts[1] as ShownPayout])],
    ['a missing payout', withShown({}, shown.payouts.slice(1))],
    [
      'another status',
      withShown({}, shown.payouts.with(0, { ...(shown.payouts[0] as ShownPayout), status: 'failed' })),
    ],
    [
      'another amount',
      withShown({}, shown.payouts.with(0, { ...(shown.payouts[0] as ShownPayout), amount_minor: 1n })),
    ],
  ])('that the API shows with %s are found', (_what, other) => {
    expect(new Set(differencesToShown(BATCH, right, other).map(({ check }) => check))).toEqual(new Set(['shown']));
  });

  it('of an open batch must only be shown with the right totals', () => {
    const open = withShown({ status: 'in_progress', counts: { ...shown.batch.counts, completed: 2, processing: 1 } });
    expect(differencesToShown(BATCH, right, open)).toEqual([]);
  });
});
