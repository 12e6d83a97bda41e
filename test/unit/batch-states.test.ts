import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BATCH_STATUSES,
  BATCH_TRANSITIONS,
  type BatchStatus,
  chunkRanges,
  finalStatus,
  isFinished,
  isUnderWay,
} from '../../lib/payouts/batch.ts';
import { addCounts, type Counts } from '../../lib/payouts/chunk.ts';
import { PAYOUT_STATUSES } from '../../lib/payouts/payout.ts';

const legal = (from: BatchStatus, to: BatchStatus) => BATCH_TRANSITIONS[from].some((status) => status === to);

const counts = (some: Partial<Counts>): Counts => ({ ...addCounts([]), ...some });

describe('a batch', () => {
  it.each([
    [{ completed: 3 }, 'completed'],
    [{ completed: 2, returned: 1 }, 'completed'],
    [{ completed: 2, failed: 1 }, 'partially_completed'],
    [{ returned: 2, cancelled: 1 }, 'partially_completed'],
    [{ failed: 3 }, 'failed'],
    [{ failed: 1, cancelled: 2 }, 'failed'],
    [{ cancelled: 3 }, 'cancelled'],
    [{ completed: 2, pending: 1 }, undefined],
    [{ failed: 2, pending: 1 }, undefined],
    [{ cancelled: 2, unknown: 1 }, undefined],
  ])('with %j of 3 ends as %s', (some, status) => {
    expect(finalStatus(counts(some), 3)).toBe(status);
  });

  it('moves only by the transitions of the table', () => {
    const moves = BATCH_STATUSES.flatMap((from) => BATCH_TRANSITIONS[from].map((to) => `${from} -> ${to}`));
    expect(moves).toEqual([
      'creating -> created',
      'creating -> scheduled',
      'creating -> awaiting_approval',
      'creating -> held',
      'creating -> discarding',
      'creating -> rejected',
      'held -> created',
      'held -> rejected',
      'awaiting_approval -> created',
      'awaiting_approval -> scheduled',
      'awaiting_approval -> rejected',
      'awaiting_approval -> cancelling',
      'created -> in_progress',
      'created -> cancelling',
      'scheduled -> in_progress',
      'scheduled -> cancelling',
      'in_progress -> stopping',
      'in_progress -> completed',
      'in_progress -> partially_completed',
      'in_progress -> failed',
      'in_progress -> cancelled',
      'in_progress -> cancelling',
      'stopping -> stopped',
      'stopping -> in_progress',
      'stopping -> cancelling',
      'stopped -> in_progress',
      'stopped -> cancelling',
      'cancelling -> completed',
      'cancelling -> partially_completed',
      'cancelling -> failed',
      'cancelling -> cancelled',
      'partially_completed -> in_progress',
      'failed -> in_progress',
    ]);
  });

  it('has a final status exactly when every payout is terminal', () => {
    const some = fc.nat(50);
    fc.assert(
      fc.property(
        fc.record(Object.fromEntries(PAYOUT_STATUSES.map((status) => [status, some]))).map((all) => all as Counts),
        (counted) => {
          const total = Object.values(counted).reduce((a, b) => a + b, 0);
          fc.pre(total > 0);
          const status = finalStatus(counted, total);
          expect(status !== undefined).toBe(
            counted.pending + counted.processing + counted.retrying + counted.unknown === 0,
          );
          if (!status) return;
          expect(isFinished(status) && legal('in_progress', status) && legal('cancelling', status)).toBe(true);
        },
      ),
    );
  });

  it('completes only while it is under way, and stops only through stopping', () => {
    for (const from of BATCH_STATUSES) {
      for (const to of BATCH_STATUSES.filter(isFinished)) expect(legal(from, to)).toBe(isUnderWay(from));
      expect(legal(from, 'stopped')).toBe(from === 'stopping');
    }
  });

  it('can reach a final state from every state', () => {
    const reaches = (from: keyof typeof BATCH_TRANSITIONS, seen = new Set<string>()): boolean =>
      isFinished(from) ||
      from === 'rejected' ||
      from === 'discarding' || // deleted
      BATCH_TRANSITIONS[from].some((to) => !seen.has(to) && reaches(to, new Set([...seen, from])));
    for (const status of BATCH_STATUSES) expect(reaches(status), status).toBe(true);
  });

  it('is split into chunks that contain every position once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 15_000 }), fc.integer({ min: 1, max: 50 }), (total, size) => {
        const ranges = chunkRanges(total, size);
        expect(ranges[0]?.first).toBe(1);
        expect(ranges.at(-1)?.last).toBe(total);
        const misplaced = ranges.filter(({ chunk, first, last }, index) => {
          const follows = chunk === index + 1 && first === (ranges[index - 1]?.last ?? 0) + 1;
          return !follows || last < first || last - first + 1 > size;
        });
        expect(misplaced).toEqual([]);
      }),
    );
  });
});
