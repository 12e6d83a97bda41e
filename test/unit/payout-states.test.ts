import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCounts, countersUnderLease, isOpen, shownStatus, totalsOf } from '../../lib/payouts/chunk.ts';
import {
  applyOutcome,
  isTerminal,
  PAYOUT_STATUSES,
  PAYOUT_TRANSITIONS,
  type Payout,
  type PayoutStatus,
  reopen,
} from '../../lib/payouts/payout.ts';
import { mustLookUpFirst } from '../../lib/rail/attempt.ts';
import { isLeased } from '../../lib/rail/lease.ts';
import { anyPayout, aPayout, type Finding, NOW, outcomeAfter } from '../support/builders.ts';

const limit = { maxAttempts: 3 };
const UNANSWERED: Finding = { kind: 'unanswered', cause: 'timed_out' };
const anyFinding: fc.Arbitrary<Finding> = fc.oneof(
  fc.record({ kind: fc.constant('paid' as const), bankId: fc.string() }),
  fc.record({
    kind: fc.constant('refused' as const),
    failure: fc.record({ code: fc.string(), message: fc.string(), retryable: fc.boolean() }),
  }),
  fc.constantFrom<Finding>(
    UNANSWERED,
    { kind: 'unsent', cause: 'forbidden' },
    { kind: 'never_arrived' },
    { kind: 'not_looked_up' },
  ),
);
const apply = (payout: Payout, finding: Finding, maxAttempts = limit.maxAttempts) =>
  applyOutcome(payout, outcomeAfter(payout, finding, maxAttempts), NOW);
const allows = (from: PayoutStatus, to: PayoutStatus) =>
  (PAYOUT_TRANSITIONS[from] as readonly PayoutStatus[]).includes(to);
/** A worker holds it: pending and retrying payouts are processing. */
const whileLeased = ({ status }: Payout): PayoutStatus => (status === 'unknown' ? 'unknown' : 'processing');
const sequence = ({ reference }: Payout) => Number(reference.slice(reference.lastIndexOf('.') + 1));

describe('a payout', () => {
  it('makes only the moves of the table', () => {
    fc.assert(
      fc.property(anyPayout, anyFinding, (payout, finding) => {
        fc.pre(!isTerminal(payout) && payout.attempts < limit.maxAttempts);
        const after = apply(payout, finding);
        if (finding.kind === 'unsent' || finding.kind === 'not_looked_up') {
          expect(after.status).toBe(payout.status); // returned
        } else if (after.status !== payout.status) {
          expect(allows(whileLeased(payout), after.status)).toBe(true);
        }
      }),
    );
  });

  it('reaches a terminal state in any long enough sequence of answers', () => {
    const settled = fc
      .oneof(anyFinding, anyFinding)
      .filter(({ kind }) => ['paid', 'refused', 'never_arrived'].includes(kind));
    fc.assert(
      fc.property(
        fc.array(settled, { minLength: 5, maxLength: 5 }),
        fc.integer({ min: 1, max: 5 }),
        (findings, maxAttempts) => {
          let payout = aPayout();
          for (const finding of findings.slice(0, maxAttempts)) {
            if (!isTerminal(payout)) payout = apply(payout, finding, maxAttempts);
            expect(payout.attempts).toBeLessThanOrEqual(maxAttempts);
          }
          expect(isTerminal(payout)).toBe(true);
        },
      ),
    );
  });

  it('is never sent again under a reference that the bank refused, also after retry-failed', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 60 }), (findings) => {
        let payout = aPayout();
        const refused = new Set<string>();
        for (const finding of findings) {
          if (isTerminal(payout)) {
            payout = reopen(payout, NOW);
            if (isTerminal(payout)) break;
            expect(allows('failed', payout.status)).toBe(true);
          }
          expect(refused).not.toContain(payout.reference);
          if (finding.kind === 'refused') refused.add(payout.reference);
          payout = apply(payout, finding);
        }
        if (!isTerminal(payout)) expect(refused).not.toContain(payout.reference);
      }),
    );
  });

  it('keeps its instruction and its id after any outcome', () => {
    fc.assert(
      fc.property(anyPayout, anyFinding, (payout, finding) => {
        const after = isTerminal(payout) ? reopen(payout, NOW) : apply(payout, finding);
        for (const part of ['id', 'externalId', 'payee', 'money', 'destination', 'transactionIds'] as const) {
          expect(after[part]).toEqual(payout[part]);
        }
      }),
    );
  });

  it('has a failure only while it is failed or retrying, and a bank id only when completed', () => {
    fc.assert(
      fc.property(anyPayout, anyFinding, (payout, finding) => {
        fc.pre(!isTerminal(payout));
        const after = apply(payout, finding);
        expect('failure' in after).toBe(after.status === 'failed' || after.status === 'retrying');
        expect('bankId' in after).toBe(after.status === 'completed');
      }),
    );
  });

  it('has four ends: only retry-failed leaves one, and only the return of the money another', () => {
    const ends = PAYOUT_STATUSES.filter((status) => isTerminal({ status }));
    expect(ends.map((status) => [status, PAYOUT_TRANSITIONS[status]])).toEqual([
      ['completed', ['returned']],
      ['failed', ['retrying']],
      ['cancelled', []],
      ['returned', []],
    ]);
  });

  it('ignores findings once it is terminal', () => {
    fc.assert(
      fc.property(anyPayout, anyFinding, (payout, finding) => {
        fc.pre(isTerminal(payout));
        expect(() => apply(payout, finding)).toThrow(/cannot change/);
      }),
    );
  });

  it('ends after the allowed number of settled attempts, for any answers of the bank', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { minLength: 1, maxLength: 40 }), (findings) => {
        let payout = aPayout();
        let settled = 0;
        for (const finding of findings) {
          if (isTerminal(payout)) break;
          payout = apply(payout, finding);
          settled += ['paid', 'refused', 'never_arrived'].includes(finding.kind) ? 1 : 0;
          expect(payout.attempts).toBe(settled);
        }
        expect(isTerminal(payout) || settled < limit.maxAttempts).toBe(true);
      }),
    );
  });

  it('has a new reference only after the bank refused the last one', () => {
    fc.assert(
      fc.property(anyPayout, anyFinding, (payout, finding) => {
        fc.pre(!isTerminal(payout));
        const after = apply(payout, finding);
        const movedOn = sequence(after) - sequence(payout);
        expect(movedOn).toBe(finding.kind === 'refused' && after.status === 'retrying' ? 1 : 0);
      }),
    );
  });

  it('is looked up before it is sent again, as long as a call under its reference is unanswered', () => {
    const sent = apply(aPayout(), UNANSWERED);
    expect(sent.status).toBe('unknown');
    expect(mustLookUpFirst({ attempt: sent, previousLeaseAbandoned: false })).toBe(true);
    const lost = apply(sent, { kind: 'never_arrived' });
    expect([lost.status, lost.reference, mustLookUpFirst({ attempt: lost, previousLeaseAbandoned: false })]).toEqual([
      'retrying',
      sent.reference,
      true,
    ]);
    const refused = apply(lost, { kind: 'refused', failure: { code: 'RATE_LIMITED', message: '', retryable: true } });
    expect(mustLookUpFirst({ attempt: refused, previousLeaseAbandoned: false })).toBe(false);
    expect(mustLookUpFirst({ attempt: refused, previousLeaseAbandoned: true })).toBe(true);
  });
});

describe('a payout whose call may have been sent', () => {
  it('is looked up by every later worker until the bank has answered', () => {
    for (const finding of [UNANSWERED, { kind: 'not_looked_up' }, { kind: 'never_arrived' }] satisfies Finding[]) {
      const after = apply(aPayout(), finding);
      expect([finding, after.unanswered, mustLookUpFirst({ attempt: after, previousLeaseAbandoned: false })]).toEqual([
        finding,
        true,
        true,
      ]);
    }
  });

  it('is not looked up if nothing was sent', () => {
    const after = apply(aPayout(), { kind: 'unsent', cause: 'forbidden' });
    expect(mustLookUpFirst({ attempt: after, previousLeaseAbandoned: false })).toBe(false);
  });
});

describe('retry-failed', () => {
  it('re-opens a retryable failure with fresh attempts, and nothing else', () => {
    fc.assert(
      fc.property(anyPayout, (payout) => {
        const after = reopen(payout, NOW);
        if (payout.status !== 'failed' || !payout.failure.retryable) expect(after).toBe(payout);
        else {
          expect(after).toMatchObject({ status: 'retrying', attempts: 0 });
          expect(sequence(after)).toBe(sequence(payout) + (payout.unanswered ? 0 : 1));
        }
      }),
    );
  });
});

describe('the counters of a chunk', () => {
  const chunkful = fc.array(anyPayout, { maxLength: 50 });
  const sum = (counts: object) => Object.values<number>(counts as Record<string, number>).reduce((a, b) => a + b, 0);

  it('sum to its size, also during a lease', () => {
    fc.assert(
      fc.property(chunkful, (payouts) => {
        const counted = totalsOf(payouts);
        expect(sum(counted.counts)).toBe(payouts.length);
        const { counts } = countersUnderLease(counted);
        expect(sum(counts)).toBe(payouts.length);
        expect([counts.pending, counts.retrying]).toEqual([0, 0]);
        expect(counts.unknown).toBe(counted.counts.unknown);
      }),
    );
  });

  it('sum to those of the batch, amounts included', () => {
    fc.assert(
      fc.property(chunkful, chunkful, (some, others) => {
        const whole = totalsOf([...some, ...others]);
        expect(addCounts([totalsOf(some).counts, totalsOf(others).counts])).toEqual(whole.counts);
        const minor = (payouts: Payout[], status: PayoutStatus) =>
          payouts.filter((payout) => payout.status === status).reduce((all, { money }) => all + money.minor, 0n);
        const added = (sums: ReadonlyMap<string, bigint>) => [...sums.values()].reduce((a, b) => a + b, 0n);
        expect(added(whole.completedAmounts)).toBe(minor([...some, ...others], 'completed'));
        expect(added(whole.failedAmounts)).toBe(minor([...some, ...others], 'failed'));
        expect(added(whole.cancelledAmounts)).toBe(minor([...some, ...others], 'cancelled'));
        expect(added(whole.returnedAmounts)).toBe(minor([...some, ...others], 'returned'));
      }),
    );
  });

  it('show whether work is left and whether a lease is active', () => {
    const { counts } = totalsOf([aPayout({ status: 'completed', bankId: 'b' }), aPayout({ status: 'unknown' })]);
    expect(isOpen({ counts, size: 2 })).toBe(true);
    expect(isOpen({ counts: { ...counts, unknown: 0, failed: 1 }, size: 2 })).toBe(false);
    const lease = { owner: 'w', until: 1_000 };
    expect([isLeased({ lease }, 999), isLeased({ lease }, 1_000), isLeased({}, 0)]).toEqual([true, false, false]);
  });

  it('agree with the statuses that clients see', () => {
    fc.assert(
      fc.property(chunkful, (payouts) => {
        const chunk = { lease: { owner: 'w', until: 1 } };
        const { counts } = countersUnderLease(totalsOf(payouts));
        for (const status of ['processing', 'unknown', 'completed', 'failed', 'cancelled', 'returned'] as const) {
          expect(payouts.filter((payout) => shownStatus(payout, chunk) === status)).toHaveLength(counts[status]);
        }
      }),
    );
  });
});
