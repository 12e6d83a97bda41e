import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BATCH_STATUSES,
  BATCH_TRANSITIONS,
  type BatchStatus,
  chunkRanges,
  finalStatus,
  isFinished,
} from '../../lib/payouts/batch.ts';

const legal = (from: BatchStatus, to: BatchStatus) => BATCH_TRANSITIONS[from].some((status) => status === to);

const counts = (completed: number, failed: number, pending = 0) => ({
  pending,
  processing: 0,
  completed,
  failed,
  retrying: 0,
  unknown: 0,
});

describe('a batch', () => {
  it.each([
    [counts(3, 0), 'completed'],
    [counts(2, 1), 'partially_completed'],
    [counts(0, 3), 'failed'],
    [counts(2, 0, 1), undefined],
    [counts(0, 2, 1), undefined],
  ])('with %j of 3 ends as %s', (counted, status) => {
    expect(finalStatus(counted, 3)).toBe(status);
  });

  it('moves only by the transitions of the table', () => {
    const moves = BATCH_STATUSES.flatMap((from) => BATCH_TRANSITIONS[from].map((to) => `${from} -> ${to}`));
    expect(moves).toEqual([
      'creating -> created',
      'creating -> awaiting_approval',
      'awaiting_approval -> created',
      'awaiting_approval -> rejected',
      'created -> in_progress',
      'in_progress -> stopping',
      'in_progress -> completed',
      'in_progress -> partially_completed',
      'in_progress -> failed',
      'stopping -> stopped',
      'stopping -> in_progress',
      'stopped -> in_progress',
      'partially_completed -> in_progress',
      'failed -> in_progress',
    ]);
  });

  it('has a final status exactly when every payout is terminal', () => {
    const some = fc.nat(50);
    fc.assert(
      fc.property(
        fc.record({ pending: some, processing: some, completed: some, failed: some, retrying: some, unknown: some }),
        (counted) => {
          const total = Object.values(counted).reduce((a, b) => a + b, 0);
          fc.pre(total > 0);
          const status = finalStatus(counted, total);
          expect(status !== undefined).toBe(counted.completed + counted.failed === total);
          if (status) expect(isFinished(status) && legal('in_progress', status)).toBe(true);
        },
      ),
    );
  });

  it('completes only from in_progress, and stops only through stopping', () => {
    for (const from of BATCH_STATUSES) {
      for (const to of BATCH_STATUSES.filter(isFinished)) expect(legal(from, to)).toBe(from === 'in_progress');
      expect(legal(from, 'stopped')).toBe(from === 'stopping');
    }
  });

  it('can reach a final state from every state', () => {
    const reaches = (from: keyof typeof BATCH_TRANSITIONS, seen = new Set<string>()): boolean =>
      isFinished(from) ||
      from === 'rejected' ||
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
