import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BATCH_STATUSES,
  BATCH_TRANSITIONS,
  chunkRanges,
  finalStatus,
  isFinished,
  mayBecome,
} from '../../lib/payouts/batch.ts';

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

  it('finishes only from in_progress, and stops only by way of stopping', () => {
    for (const from of BATCH_STATUSES) {
      for (const to of BATCH_STATUSES.filter(isFinished)) expect(mayBecome(from, to)).toBe(from === 'in_progress');
      expect(mayBecome(from, 'stopped')).toBe(from === 'stopping');
    }
  });

  it('can get from every state to a final one', () => {
    const reaches = (from: keyof typeof BATCH_TRANSITIONS, seen = new Set<string>()): boolean =>
      isFinished(from) || BATCH_TRANSITIONS[from].some((to) => !seen.has(to) && reaches(to, new Set([...seen, from])));
    for (const status of BATCH_STATUSES) expect(reaches(status), status).toBe(true);
  });

  it('is cut into chunks that hold every position once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 15_000 }), fc.integer({ min: 1, max: 50 }), (total, size) => {
        const ranges = chunkRanges(total, size);
        expect(ranges[0]?.first).toBe(1);
        expect(ranges.at(-1)?.last).toBe(total);
        ranges.forEach(({ chunk, first, last }, index) => {
          expect(chunk).toBe(index + 1);
          expect(last - first + 1).toBeLessThanOrEqual(size);
          if (index > 0) expect(first).toBe((ranges[index - 1]?.last ?? 0) + 1);
        });
      }),
    );
  });
});
