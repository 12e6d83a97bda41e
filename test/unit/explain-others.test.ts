import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Approval } from '../../lib/access/approval.ts';
import { explainJob } from '../../lib/settlement/explain-job.ts';
import { isFinished, JOB_STATUSES, type Job } from '../../lib/settlement/job.ts';
import { explainPayment } from '../../lib/wallets/explain-payment.ts';
import type { Payment } from '../../lib/wallets/payment.ts';
import { explainWithdrawal } from '../../lib/withdrawals/explain-withdrawal.ts';
import { isTerminal, WITHDRAWAL_STATUSES, type Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { currency, NOW } from '../support/builders.ts';
import { expectSound } from '../support/explanations.ts';

const now = Date.parse(NOW);
const ADDRESS = '0x52908400098527886E0F7030069857D2E4169EE7';
const failure = fc.constantFrom(
  { code: 'TRANSACTION_DROPPED', message: `${ADDRESS} was dropped`, retryable: true },
  { code: 'DESTINATION_DENIED', message: 'Not allowed.', retryable: false },
);
const transaction = { hash: '0xabc', confirmations: 3 };

const withdrawal = fc
  .record({
    state: fc.oneof(
      fc.constantFrom({ status: 'PENDING' }, { status: 'AWAITING_APPROVAL' }, { status: 'UNKNOWN' }),
      fc.constantFrom(
        { status: 'PROCESSING' },
        { status: 'PROCESSING', transaction },
        { status: 'COMPLETED', transaction },
      ),
      fc.record({ status: fc.constantFrom('RETRYING', 'FAILED', 'REJECTED'), failure }),
    ),
    lease: fc.constantFrom(undefined, { owner: 'w', until: now + 5_000 }, { owner: 'w', until: now - 5_000 }),
    deadLetter: fc.constantFrom(undefined, { messageId: 'm', receives: 1, at: NOW }),
    dueAt: fc.constantFrom(now - 1, now + 9_000),
    unanswered: fc.boolean(),
    attempts: fc.nat(3),
    retries: fc.nat(2),
    number: fc.integer({ min: 1, max: 25 }),
  })
  .map(({ state, number, ...rest }) => ({
    ...{ id: 'wdr_1', userId: 'ana', network: 'ethereum', address: ADDRESS, maxRetries: 2, requiredConfirmations: 12 },
    ...{ money: { minor: 1_500_000_000_000_000_000n, currency: 'ETH' }, approvalId: 'apr_1', updatedAt: NOW },
    ...rest,
    reference: `wdr_1.${number}`,
    ...state,
  })) as unknown as fc.Arbitrary<Withdrawal>;

it('a withdrawal in every state has a sound explanation, which never shows the address', () => {
  const approval = {
    id: 'apr_1',
    status: 'waiting',
    approvers: 1,
    lapsesAt: NOW,
    decisions: [],
  } as unknown as Approval;
  const seen = new Set<string>();
  const others = fc.record({
    decimals: fc.constantFrom(undefined, 18),
    isStopped: fc.boolean(),
    isDenied: fc.boolean(),
    approval: fc.constantFrom(undefined, approval),
  });
  fc.assert(
    fc.property(withdrawal, others, (one, facts) => {
      const explanation = explainWithdrawal({ withdrawal: one, ...facts }, now);
      seen.add(explanation.status);
      expectSound(explanation, [ADDRESS]);
      if (isTerminal(one)) expect(explanation.next).toBe(null);
    }),
    { numRuns: 500 },
  );
  expect([...seen].sort()).toEqual([...WITHDRAWAL_STATUSES].sort());
});

it('a payment in every state has a sound explanation', () => {
  const common = {
    ...{ id: 'pay_1', userId: 'ana', providerId: 'pln', externalReference: 'bill-1', createdAt: NOW, updatedAt: NOW },
    money: { minor: 150_050n, currency: currency('IDR') },
  };
  const refund = { id: 'rfd_1', minor: 150_050n, at: NOW };
  const unpaid = ['GATEWAY_UNREACHABLE', 'NO_FUNDS'].map((code) => ({ code, message: 'The gateway says no' }));
  const states = [
    { status: 'PENDING' },
    { status: 'APPROVED', gatewayId: 'G-1', refunds: [] },
    { status: 'APPROVED', gatewayId: 'G-1', refunds: [{ ...refund, minor: 50n }] },
    { status: 'APPROVED', gatewayId: 'G-1', refunds: [refund] },
    ...unpaid.flatMap((why) => [
      { status: 'DECLINED', failure: why },
      { status: 'FAILED', failure: why },
    ]),
  ];
  for (const state of states) {
    for (const workedOnUntil of [now - 1, now + 5_000]) {
      const explanation = explainPayment({ ...common, ...state, workedOnUntil } as unknown as Payment, now);
      expectSound(explanation);
      expect(explanation.next === null).toBe(state.status !== 'PENDING');
      expect(explanation.lease === null).toBe(state.status !== 'PENDING' || workedOnUntil < now);
    }
  }
  const refundable = states.map(
    (state) => explainPayment({ ...common, ...state, workedOnUntil: 0 } as unknown as Payment, now).actions.length,
  );
  expect(refundable).toEqual([0, 1, 1, 0, 0, 0, 0, 0]);
});

it('a job in every state has a sound explanation', () => {
  for (const status of JOB_STATUSES) {
    for (const chunks of [0, 64]) {
      const job = { id: 'job_1', status, from: '2026-11-19', to: '2026-11-19', createdAt: NOW } as unknown as Job;
      const explanation = explainJob({ job, total: 64, progress: { chunks, transactions: 7 } });
      expectSound(explanation);
      expect(explanation.next === null).toBe(isFinished(status));
    }
  }
});

it.each(['CANCELLING', 'CANCELLED'] as const)('a job that is %s says why, if a reason was given', (status) => {
  const job = { id: 'job_1', status, from: '2026-11-19', to: '2026-11-19', createdAt: NOW } as unknown as Job;
  const of = (cancellation: NonNullable<Job['cancellation']>) =>
    explainJob({ job: { ...job, cancellation }, total: 64, progress: { chunks: 0, transactions: 0 } });
  for (const [given, sentence] of [
    [{ at: NOW }, `Its cancellation was asked for at ${NOW}.`],
    [{ at: NOW, reason: 'wrong month' }, `Its cancellation was asked for at ${NOW}: "wrong month".`],
  ] as const) {
    expectSound(of(given));
    expect(of(given).why).toContain(sentence);
  }
});
