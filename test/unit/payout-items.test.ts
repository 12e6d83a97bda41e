import { omit, pick } from 'es-toolkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BATCH_STATUSES } from '../../lib/payouts/batch.ts';
import { totalsOf } from '../../lib/payouts/chunk.ts';
import { batchItem, batchOf } from '../../lib/payouts/dynamo-batch-items.ts';
import { chunkItem, chunkOf } from '../../lib/payouts/dynamo-chunk-items.ts';
import { payoutChanges, payoutItem, payoutOf } from '../../lib/payouts/dynamo-payout-items.ts';
import { type BatchId, parsePayoutId, payoutId, placeOf } from '../../lib/payouts/ids.ts';
import { chunkKey, payoutKey } from '../../lib/payouts/items.ts';
import type { Payout } from '../../lib/payouts/payout.ts';
import { aBatch, aChunk, anyPayout, anySums, NOW } from '../support/builders.ts';

it('a stored payout is read unchanged', () => {
  fc.assert(
    fc.property(anyPayout, (payout) => {
      expect(payoutOf(payoutItem(payout))).toEqual(payout);
    }),
  );
});

it('the changed attributes of a payout, merged into the stored item, give the changed payout', () => {
  fc.assert(
    fc.property(anyPayout, anyPayout, (before, other) => {
      const { status, attempts, unanswered } = other;
      const progress = pick(other as Payout & Record<string, unknown>, ['failure', 'bankId', 'returned']);
      const facts = omit(before as Payout & Record<string, unknown>, ['failure', 'bankId', 'returned']);
      const after = { ...facts, status, attempts, unanswered, ...progress } as unknown as Payout;
      const stored = { ...payoutItem(before), ...payoutChanges(before, after) };
      const present = Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== undefined));
      expect(payoutOf(present)).toEqual(after);
    }),
  );
});

const moment = fc.integer({ min: 0, max: 2 ** 41 });
const anyBatch = fc
  .record({
    status: fc.constantFrom(...BATCH_STATUSES),
    run: fc.nat(99),
    total: fc.integer({ min: 1, max: 15_000 }),
    chunkSize: fc.integer({ min: 2, max: 50 }),
    chunkCount: fc.integer({ min: 1, max: 7_500 }),
    amounts: anySums,
    digest: fc.string(),
    autoStart: fc.boolean(),
    creatorUntil: moment,
    dispatchedAt: moment,
  })
  .map(aBatch);

it('a stored new batch is read unchanged', () => {
  fc.assert(
    fc.property(anyBatch, (batch) => {
      expect(batchOf(batchItem(batch))).toEqual(batch);
    }),
  );
});

it('attributes that a batch gains later are read', () => {
  const later = { started_at: NOW, finished_at: NOW, chunks_done: new Set([1, 2]), reopening: true };
  expect(batchOf({ ...batchItem(aBatch()), ...later })).toEqual(
    aBatch({ startedAt: NOW, finishedAt: NOW, chunksDone: new Set([1, 2]), reopening: true }),
  );
});

it('a stored new chunk is read unchanged', () => {
  const anyChunk = fc.record({
    number: fc.integer({ min: 1, max: 9_999 }),
    run: fc.nat(99),
    rounds: fc.nat(99),
    dueAt: moment,
    failedRetryable: fc.nat(50),
    completedAmounts: anySums,
    failedAmounts: anySums,
    cancelledAmounts: anySums,
    returnedAmounts: anySums,
  });
  fc.assert(
    fc.property(anyChunk, fc.array(anyPayout, { minLength: 1, maxLength: 50 }), (fields, payouts) => {
      const chunk = aChunk({ ...fields, size: payouts.length, counts: totalsOf(payouts).counts });
      expect(chunkOf(chunkItem(chunk))).toEqual(chunk);
    }),
  );
});

it('attributes that a chunk gains later are read', () => {
  const lease = { lease_owner: 'worker', lease_until: 17 };
  const dead = { dead_letter: { at: NOW, message_id: 'm', receives: 5 } };
  expect(chunkOf({ ...chunkItem(aChunk()), ...lease, ...dead })).toEqual(
    aChunk({ lease: { owner: 'worker', until: 17 }, deadLetter: { at: NOW, messageId: 'm', receives: 5 } }),
  );
});

it('keys sort by position, and a payout id contains the position of its payout', () => {
  const place = fc.record({
    batchId: fc.constantFrom('b', 'bat_0-x').map((id) => id as BatchId),
    chunk: fc.integer({ min: 1, max: 9_999 }),
    position: fc.integer({ min: 1, max: 15_000 }),
  });
  fc.assert(
    fc.property(place, place, (one, other) => {
      expect(placeOf(payoutId(one))).toEqual(one);
      expect(payoutKey(one).sk < payoutKey(other).sk).toBe(one.position < other.position);
      expect(chunkKey(one.batchId, one.chunk).sk < chunkKey(other.batchId, other.chunk).sk).toBe(
        one.chunk < other.chunk,
      );
    }),
  );
});

it('text that resembles a payout id is refused', () => {
  for (const id of [
    '',
    'b',
    'b.1.1',
    'b.0001.1',
    'b.0001.000001.1',
    '.0001.000001',
    'a b.0001.000001',
    'b.0001.00000١',
  ]) {
    expect(parsePayoutId(id), id).toBeUndefined();
  }
});
