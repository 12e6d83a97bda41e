import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Approval } from '../../lib/access/approval.ts';
import { BATCH_STATUSES, BATCH_TRANSITIONS, type Batch } from '../../lib/payouts/batch.ts';
import { totalsOf } from '../../lib/payouts/chunk.ts';
import { explainBatch } from '../../lib/payouts/explain/batch.ts';
import { explainPayout } from '../../lib/payouts/explain/payout.ts';
import { isTerminal, PAYOUT_STATUSES } from '../../lib/payouts/payout.ts';
import { aBatch, aChunk, anyHistory, aPayout, NOW } from '../support/builders.ts';
import { expectSound, sentencesOf } from '../support/explanations.ts';

const now = Date.parse(NOW);
const ACCOUNT = '7310252528';
const policy = { maxAttempts: 3, lostAfterMs: 30_000 };
const failure = (retryable: boolean) => ({
  code: 'ACCOUNT_CLOSED',
  message: `Account ${ACCOUNT} is closed`,
  retryable,
});

const stored = fc.oneof(
  fc.constantFrom({ status: 'pending' }, { status: 'unknown', unanswered: true }, { status: 'cancelled' }),
  fc.record({ status: fc.constantFrom('retrying', 'failed'), failure: fc.boolean().map(failure) }),
  fc.constant({ status: 'completed', bankId: 'BANK-1' }),
  fc.constant({ status: 'returned', bankId: 'BANK-1', returned: { code: 'AC04', at: NOW } }),
);
const cancellation = fc.constantFrom(undefined, { reason: `Wrong account ${ACCOUNT}`, at: NOW });

const payout = fc
  .record({
    stored,
    attempts: fc.nat(3),
    unanswered: fc.boolean(),
    number: fc.integer({ min: 1, max: 30 }),
    cancellation,
    history: fc.option(anyHistory, { nil: undefined }),
  })
  .map(({ stored: state, number, ...facts }) => {
    const destination = { type: 'bank_account', bankAccount: ACCOUNT, bankName: 'BCA' };
    const one = aPayout({ ...facts, ...state, destination });
    return { ...one, reference: one.reference.replace(/\d+$/, `${number}`) };
  });

const lease = fc.constantFrom(undefined, { owner: 'w', until: now + 5_000 }, { owner: 'w', until: now - 5_000 });
const deadLetter = fc.constantFrom(undefined, { messageId: 'm', receives: 5, at: NOW });
const chunk = fc.record({ lease, deadLetter, dueAt: fc.constantFrom(0, now - 90_000, now + 90_000) });

const need = { id: 'apr_1', maker: { person: 'ana' } };
const batch = fc
  .record({
    status: fc.constantFrom(...BATCH_STATUSES),
    run: fc.nat(2),
    autoStart: fc.boolean(),
    claims: fc.boolean(),
    reopening: fc.boolean(),
    upload: fc.constantFrom(undefined, 'upl_1'),
    approval: fc.constantFrom(undefined, need),
    startAt: fc.constant(NOW),
    creatorUntil: fc.constant(now),
    startedAt: fc.constantFrom(undefined, NOW),
    finishedAt: fc.constantFrom(undefined, NOW),
    cancellation,
  })
  .map((overrides) => aBatch(overrides as unknown as Partial<Batch>));
const approval = fc.constantFrom(undefined, now + 60_000, now - 60_000).map((lapsesAt) =>
  lapsesAt === undefined
    ? undefined
    : ({
        ...{ id: 'apr_1', status: 'waiting', approvers: 2, lapsesAt: new Date(lapsesAt).toISOString() },
        decisions: [{ verdict: 'approve' }],
      } as unknown as Approval),
);

const factsOfPayout = fc.record({ payout, chunk, batch, approval }).map(({ chunk: parts, ...rest }) => ({
  ...rest,
  policy,
  chunk: { ...aChunk({ ...totalsOf([rest.payout]) }), ...parts },
}));

describe('the explanation of a payout', () => {
  it('of every state is sound and never shows the account', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(factsOfPayout, (facts) => {
        const explanation = explainPayout(facts as never, now);
        seen.add(explanation.status);
        expectSound(explanation, [ACCOUNT]);
        expect(explanation.references.at(-1)?.reference).toBe(facts.payout.reference);
        if (isTerminal(facts.payout)) expect([explanation.next, explanation.lease]).toEqual([null, null]);
      }),
      { numRuns: 1_000 },
    );
    expect([...seen].sort()).toEqual([...PAYOUT_STATUSES].sort());
  });
});

describe('the explanation of a batch', () => {
  it('of every state is sound', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(batch, approval, fc.array(fc.tuple(chunk, payout), { maxLength: 4 }), (one, asked, parts) => {
        const chunks = parts.map(([overrides, of]) => ({ ...aChunk({ ...totalsOf([of as never]) }), ...overrides }));
        const explanation = explainBatch({ batch: one, chunks: chunks as never, approval: asked, policy }, now);
        seen.add(explanation.status);
        expectSound(explanation);
        if (BATCH_TRANSITIONS[one.status].length === 0 && one.status !== 'discarding')
          expect(explanation.next).toBe(null);
      }),
      { numRuns: 500 },
    );
    expect([...seen].sort()).toEqual([...BATCH_STATUSES].sort());
  });
});

it('explains a payout with an unknown outcome in the words of a person on duty', () => {
  const unknown = aPayout({ status: 'unknown', unanswered: true, attempts: 1 });
  const history = {
    executions: [
      {
        at: NOW,
        reference: 1,
        calls: [
          { asked: 'send', answer: 'unanswered', code: 'timed_out' },
          { asked: 'look_up', answer: 'not_found' },
        ],
      },
    ],
    omitted: 0,
  } as const;
  const facts = {
    payout: { ...unknown, history },
    chunk: aChunk({ dueAt: now + 3_000, ...totalsOf([unknown]), run: 1 }),
    batch: aBatch({ status: 'in_progress', run: 1, startedAt: NOW }),
    policy,
  };
  const { id, status, calls, next, lease, actions, ...rest } = explainPayout(facts, now);
  expect([id, status, lease, actions.map(({ action }) => action)]).toEqual([
    unknown.id,
    'unknown',
    null,
    ['lookUpPayout', 'cancelPayout'],
  ]);
  expect(calls.map(({ sentence }) => sentence)).toEqual([
    `Sent ${unknown.reference}: no valid answer came in time, so the call may still arrive.`,
    `Looked up ${unknown.reference}: the rail has no record of it.`,
  ]);
  expect(rest.why).toEqual([
    'It pays 150000.50 IDR to vendor-1 (BCA ****7890).',
    `A call under ${unknown.reference} has had no known outcome since ${NOW}: the money may have moved.`,
    'Nothing more is sent before a look-up gives the outcome.',
    `Batch batch is in progress, in run 1, since ${NOW}.`,
  ]);
  expect(next).toEqual({
    at: '2026-11-20T10:00:03.000Z',
    sentence: `A worker looks ${unknown.reference} up, and sends it again only if the rail has no record of it. It is due at 2026-11-20T10:00:03.000Z.`,
  });
  expect(sentencesOf(explainPayout(facts, now)).join(' ')).not.toContain('1234567890');
});
