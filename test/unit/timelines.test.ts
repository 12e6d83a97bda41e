import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CloudEvent, EventRecord } from '../../lib/events/index.ts';
import { EVENT_TYPES } from '../../lib/events/schemas.ts';
import { type Timeline, timelineAnswer } from '../../lib/kernel/timeline.ts';
import { concerns, payoutTimeline } from '../../lib/payouts/explain/timeline.ts';
import type { Payout } from '../../lib/payouts/payout.ts';
import type { History } from '../../lib/rail/index.ts';
import type { Payment } from '../../lib/wallets/payment.ts';
import { paymentTimeline } from '../../lib/wallets/timeline.ts';
import type { Delivery } from '../../lib/webhooks/delivery.ts';
import { deliveryEntries } from '../../lib/webhooks/timeline.ts';
import { withdrawalTimeline } from '../../lib/withdrawals/timeline.ts';
import type { Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { aChunk, anyHistory, anyPayout, aPayout, NOW } from '../support/builders.ts';

const policy = { leaseMs: 30_000 };
const at = (seconds: number) => new Date(Date.parse(NOW) + seconds * 1_000).toISOString();

function anEvent(type: CloudEvent['type'], seconds: number, data: object, principal?: string): EventRecord {
  const by = principal ? { principalid: `key_${principal}`, principalname: principal } : {};
  const event = { ...{ id: type, source: '/sluice/payouts', subject: 'batch', type, time: at(seconds), data }, ...by };
  return { event: event as unknown as CloudEvent, publishedAt: at(seconds + 1) };
}

const history = {
  executions: [
    { at: at(10), reference: 1, calls: [{ asked: 'send', answer: 'refused', code: 'RATE_LIMITED' }] },
    { at: at(20), reference: 2, calls: [{ asked: 'send', answer: 'paid' }] },
  ],
  omitted: 0,
} as const;
const paid = aPayout({ status: 'completed', bankId: 'BANK-1', attempts: 2, updatedAt: at(20), history });
const payout: Payout = { ...paid, reference: `${paid.id}.2` };

it('a payout that was paid with its second attempt has everything in the order of time', () => {
  const records = [
    anEvent('batch.created', 0, { total_count: 1 }, 'ana'),
    anEvent('batch.approved', 3, {}, 'budi'),
    anEvent('batch.started', 5, { run: 1 }),
    anEvent('batch.completed', 21, { status: 'completed' }),
  ];
  const deliveries = deliveryEntries([
    {
      ...{ id: 'msg_1', endpointId: 'whk_1', type: 'batch.completed' },
      attempts: [
        { at: at(23), durationMs: 5, error: 'it timed out' },
        { at: at(40), durationMs: 5, status: 204 },
      ],
    } as unknown as Delivery,
  ]);
  const timeline = payoutTimeline({ payout, chunk: aChunk(), records, deliveries, areAllRead: true, policy });
  expect(timelineAnswer.strict().parse(timeline)).toEqual(timeline);
  expect(timeline.complete).toBe(true);
  expect(timeline.entries.map(({ at: time, kind }) => [kind, (Date.parse(time) - Date.parse(NOW)) / 1_000])).toEqual([
    ['created', 0],
    ['published', 1],
    ['approved', 3],
    ['published', 4],
    ['started', 5],
    ['published', 6],
    ['sent', 10],
    ['sent', 20],
    ['completed', 20],
    ['ended', 21],
    ['published', 22],
    ['delivery_failed', 23],
    ['delivered', 40],
  ]);
  expect(timeline.entries.map(({ principal }) => principal?.name).filter(Boolean)).toEqual(['ana', 'budi']);
  expect(timeline.entries[6]).toMatchObject({
    reference: `${payout.id}.1`,
    sentence: `Sent ${payout.id}.1: the rail refused it with RATE_LIMITED.`,
  });
});

it('shows the lease of a worker, and that the calls of an earlier version are not recorded', () => {
  const chunk = aChunk({ lease: { owner: 'worker-1', until: Date.parse(at(30)) } });
  const earlier = aPayout({ status: 'unknown', unanswered: true, attempts: 1 });
  const past = { chunk, records: [], deliveries: [], areAllRead: true, policy };
  const { entries, complete } = payoutTimeline({ ...past, payout: earlier });
  expect(complete).toBe(false);
  expect(entries).toEqual([
    {
      ...{ at: at(0), kind: 'leased', reference: null, principal: null },
      sentence: `The worker worker-1 leased chunk 1 until ${at(30)}.`,
    },
  ]);
});

it('only events of the batch, of its chunk and of itself concern a payout', () => {
  const chunk = aChunk({ number: 1 });
  const check = (type: CloudEvent['type'], data: object) => concerns(payout, chunk, anEvent(type, 0, data).event);
  expect(check('batch.stopped', {})).toBe(true);
  expect([1, 2].map((number) => check('batch.dead_lettered', { chunk: number }))).toEqual([true, false]);
  const others = [payout.id, 'another'].map((id) => check('payout.failed', { payouts: [{ payout_id: id }] }));
  expect(others).toEqual([true, false]);
  expect([payout.id, 'another'].map((id) => check('payout.cancel_requested', { payout_id: id }))).toEqual([
    true,
    false,
  ]);
  expect(check('deposit.created', {})).toBe(false);
});

it('every timeline is in order, and its sentences are whole', () => {
  const data = {
    ...{ total_count: 3, run: 1, status: 'stopped', reason: 'a reason', chunk: 1, receives: 5 },
    ...{ start_at: NOW, previous_start_at: NOW, payout_id: payout.id, payouts: [{ payout_id: payout.id }] },
  };
  const event = fc.record({ type: fc.constantFrom(...EVENT_TYPES), seconds: fc.nat(100) });
  fc.assert(
    fc.property(anyPayout, anyHistory, fc.array(event), (one, past, events) => {
      const records = events
        .map(({ type, seconds }) => anEvent(type, seconds, data))
        .filter((record) => concerns(payout, aChunk(), record.event));
      const facts = { chunk: aChunk(), records, deliveries: [], areAllRead: true, policy };
      const { entries } = payoutTimeline({ ...facts, payout: { ...one, history: past } });
      const times = entries.map((entry) => Date.parse(entry.at));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      const sentences = entries.filter(({ kind }) => kind !== 'completed' && kind !== 'returned');
      for (const { sentence } of sentences) {
        expect(sentence).toMatch(/^[A-Z].*\.$/su);
        expect(sentence).not.toMatch(/undefined|NaN|^The event \S+ was stored/);
      }
    }),
  );
});

it('withdrawals and payments have timelines of their events', () => {
  const past = (records: EventRecord[]) => ({ records, deliveries: [], areAllRead: true });
  const execution = (seconds: number, calls: History['executions'][number]['calls']): History => ({
    executions: [{ at: at(seconds), reference: 1, calls }],
    omitted: 0,
  });
  const withdrawal = {
    ...{ id: 'wdr_1', reference: 'wdr_1.2', lease: { owner: 'w', until: Date.parse(at(60)) } },
    history: execution(9, [{ asked: 'send', answer: 'refused', code: 'RATE_LIMITED' }]),
  } as unknown as Withdrawal;
  const ofWithdrawal = withdrawalTimeline(
    withdrawal,
    past([
      anEvent('withdrawal.created', 0, {}, 'ana'),
      anEvent('withdrawal.retrying', 10, { retry: 1, reopened: false, failure_code: 'RATE_LIMITED' }),
      anEvent('withdrawal.failed', 20, { failure_code: 'RATE_LIMITED' }),
      anEvent('withdrawal.retrying', 25, { retry: 2, reopened: true, failure_code: 'RATE_LIMITED' }, 'ana'),
    ]),
    policy,
  );
  const sentencesOf = ({ entries }: Timeline) =>
    entries.filter(({ kind }) => kind !== 'published').map(({ sentence }) => sentence);
  expect(sentencesOf(ofWithdrawal)).toEqual([
    'The withdrawal was stored.',
    'Sent wdr_1.1: the rail refused it with RATE_LIMITED.',
    'An attempt failed with RATE_LIMITED: it is retried, as retry 1.',
    'The withdrawal failed with RATE_LIMITED.',
    'A client retried it, as retry 2.',
    `The worker w leased it until ${at(60)}.`,
  ]);
  const payment = {
    ...{ id: 'pay_1', money: { minor: 150_050n, currency: 'IDR' } },
    history: execution(1, [{ asked: 'look_up', answer: 'paid' }]),
  } as unknown as Payment;
  const ofPayment = paymentTimeline(
    payment,
    past([
      anEvent('payment.created', 0, {}),
      anEvent('payment.completed', 1, { gateway_id: 'G-1' }),
      anEvent('refund.created', 2, { refund_id: 'rfd_1', amount: '50' }),
    ]),
  );
  expect(sentencesOf(ofPayment)).toEqual([
    'The wallet was debited, and the payment stored.',
    'The gateway charged it as G-1.',
    'Looked up pay_1: the rail moved the money.',
    '0.50 IDR was refunded to the wallet, as rfd_1.',
  ]);
});
