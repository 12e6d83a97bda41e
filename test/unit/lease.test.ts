import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LATE_CALL_MS } from '../../lib/config.ts';
import { isLeased, lastsFor } from '../../lib/rail/lease.ts';

/** How far a clock may be off, and how late a call may arrive after its deadline. */
const WRONG_MS = 500;
const LATE_MS = 1_000;
const DEADLINE_MS = 2_000;
const UNTIL = 10_000;

const clock = fc.integer({ min: -WRONG_MS, max: WRONG_MS });
const policy = { lateCallMs: LATE_CALL_MS };

it('ends only when no call under it can arrive any more, for any clocks of its holder and its successor', () => {
  const moments = fc.integer({ min: 0, max: UNTIL });
  fc.assert(
    fc.property(clock, clock, moments, fc.integer({ min: 0, max: LATE_MS }), (holder, next, sentAt, late) => {
      const lease = { owner: 'holder', until: UNTIL };
      const deps = { rail: { deadlineMs: DEADLINE_MS }, policy, now: () => sentAt + holder };
      fc.pre(lastsFor(deps, lease));
      const arrivesAt = sentAt + DEADLINE_MS + late;
      // Right before the call arrives the successor still sees the lease, and has not looked up.
      expect(isLeased({ lease }, arrivesAt - 1 + next)).toBe(true);
    }),
    { numRuns: 2_000, examples: [[-WRONG_MS, WRONG_MS, UNTIL - DEADLINE_MS - LATE_CALL_MS + WRONG_MS, LATE_MS]] },
  );
});

it('ends as early as possible: a call may start up to the last safe moment', () => {
  const lease = { owner: 'holder', until: UNTIL };
  const at = (now: number) => lastsFor({ rail: { deadlineMs: DEADLINE_MS }, policy, now: () => now }, lease);
  const last = UNTIL - DEADLINE_MS - LATE_CALL_MS;
  expect([at(last), at(last + 1)]).toEqual([true, false]);
});
