import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BATCH_STATUSES } from '../../lib/payouts/batch.ts';
import { totalsOf } from '../../lib/payouts/chunk.ts';
import { type BatchId, parsePayoutId, payoutId, placeOf } from '../../lib/payouts/ids.ts';
import {
  batchItem,
  batchOf,
  chunkItem,
  chunkKey,
  chunkOf,
  payoutChanges,
  payoutItem,
  payoutKey,
  payoutOf,
} from '../../lib/payouts/items.ts';
import { aBatch, aChunk, anyPayout, anySums, NOW } from '../support/builders.ts';

it('a payout is read as it was stored', () => {
  fc.assert(
    fc.property(anyPayout, (payout) => {
      expect(payoutOf(payoutItem(payout))).toEqual(payout);
    }),
  );
});

it('what changed of a payout, laid over what was stored, is the payout after the change', () => {
  fc.assert(
    fc.property(anyPayout, anyPayout, (before, other) => {
      const { status, attempts, unanswered } = other;
      const progress =
        'failure' in other ? { failure: other.failure } : 'bankId' in other ? { bankId: other.bankId } : {};
      const {
        failure: _failure,
        bankId: _bankId,
        ...facts
      } = before as typeof before & { failure?: unknown; bankId?: unknown };
      const after = { ...facts, status, attempts, unanswered, ...progress } as typeof before;
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

it('a new batch is read as it was stored', () => {
  fc.assert(
    fc.property(anyBatch, (batch) => {
      expect(batchOf(batchItem(batch))).toEqual(batch);
    }),
  );
});

it('what a batch gains later is read too', () => {
  const later = { started_at: NOW, finished_at: NOW, chunks_done: new Set([1, 2]), reopening: true };
  expect(batchOf({ ...batchItem(aBatch()), ...later })).toEqual(
    aBatch({ startedAt: NOW, finishedAt: NOW, chunksDone: new Set([1, 2]), reopening: true }),
  );
});

it('a new chunk is read as it was stored', () => {
  const anyChunk = fc.record({
    number: fc.integer({ min: 1, max: 9_999 }),
    run: fc.nat(99),
    rounds: fc.nat(99),
    dueAt: moment,
    failedRetryable: fc.nat(50),
    completedAmounts: anySums,
    failedAmounts: anySums,
  });
  fc.assert(
    fc.property(anyChunk, fc.array(anyPayout, { minLength: 1, maxLength: 50 }), (fields, payouts) => {
      const chunk = aChunk({ ...fields, size: payouts.length, counts: totalsOf(payouts).counts });
      expect(chunkOf(chunkItem(chunk))).toEqual(chunk);
    }),
  );
});

it('what a chunk gains later is read too', () => {
  const lease = { lease_owner: 'worker', lease_until: 17 };
  const dead = { dead_letter: { at: NOW, message_id: 'm', receives: 5 } };
  expect(chunkOf({ ...chunkItem(aChunk()), ...lease, ...dead })).toEqual(
    aChunk({ lease: { owner: 'worker', until: 17 }, deadLetter: { at: NOW, messageId: 'm', receives: 5 } }),
  );
});

it('keys sort as positions do, and a payout id says where its payout lies', () => {
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

it('what only resembles a payout id is none', () => {
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
