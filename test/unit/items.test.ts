import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placeOf } from '../../lib/payouts/ids.ts';
import {
  batchItem,
  batchOf,
  chunkItem,
  chunkOf,
  payoutChanges,
  payoutItem,
  payoutOf,
} from '../../lib/payouts/items.ts';
import { aBatch, aChunk, anyPayout, currency } from '../support/builders.ts';

it('a payout is read as it was stored', () => {
  fc.assert(
    fc.property(anyPayout, (payout) => {
      expect(payoutOf(payoutItem(payout, placeOf(payout.id)))).toEqual(payout);
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
      const stored = { ...payoutItem(before, placeOf(before.id)), ...payoutChanges(before, after) };
      const present = Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== undefined));
      expect(payoutOf(present)).toEqual(after);
    }),
  );
});

it('a batch and a chunk are read as they were stored', () => {
  const sums = new Map([[currency('IDR'), 9_007_199_254_740_993_000n]]);
  expect(batchOf(batchItem(aBatch({ amounts: sums })))).toEqual(aBatch({ amounts: sums }));
  const chunk = aChunk({ completedAmounts: sums, rounds: 2, dueAt: 17, run: 3 });
  expect(chunkOf(chunkItem(chunk))).toEqual(chunk);
});
