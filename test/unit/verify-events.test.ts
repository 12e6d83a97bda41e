import { describe, expect, it } from 'vitest';
import { nameOf, type Series } from '../../lib/events/counts.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { counterKey, newEventItem } from '../../lib/events/items.ts';
import type { Day } from '../../lib/kernel/day.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { UserId } from '../../lib/ledger/entry.ts';
import { lineItem } from '../../lib/ledger/items.ts';
import { batchItem } from '../../lib/payouts/dynamo-batch-items.ts';
import { jobItem } from '../../lib/settlement/items.ts';
import type { JobId } from '../../lib/settlement/job.ts';
import { depositEntry } from '../../lib/wallets/entries.ts';
import type { DepositId, PaymentId, ProviderId, RefundId } from '../../lib/wallets/ids.ts';
import { paymentItem } from '../../lib/wallets/items.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { withdrawalItem } from '../../lib/withdrawals/items.ts';
import { newWithdrawal } from '../../lib/withdrawals/withdrawal.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { differencesInEvents, EventRecords } from '../../scripts/verify/events-checks.ts';
import { factsIn } from '../../scripts/verify/facts.ts';
import { aBatch, currency, NOW } from '../support/builders.ts';
import { asPublished, event, found, LATER, messages, RECORDED_AT, type Tables } from '../support/event-tables.ts';
import { ethRequest } from '../support/withdrawals-world.ts';

const IDR = currency('IDR');
const ANA = 'ana' as UserId;
const common = {
  ...{ userId: ANA, providerId: 'pln' as ProviderId, externalReference: 'b', workedOnUntil: 0 },
  ...{ createdAt: NOW, updatedAt: NOW, money: { minor: 400n, currency: IDR } },
};
const paid = paymentItem({
  ...{ ...common, id: 'pay_1' as PaymentId, status: 'APPROVED', gatewayId: 'g' },
  refunds: [{ id: 'rfd_1' as RefundId, minor: 1n, at: NOW }],
});
const declined = paymentItem({
  ...{ ...common, id: 'pay_2' as PaymentId, status: 'DECLINED', failure: { code: 'LATE', message: '' } },
});
const deposit = lineItem(ANA, {
  ...{ seq: 1, currency: IDR, amount: 9n, balanceAfter: 9n },
  entry: depositEntry('dep_1' as DepositId, ANA, { minor: 9n, currency: IDR }, NOW),
});
const id = withdrawalIdOf('ana' as UserId, 'k' as IdempotencyKey);
const fresh = newWithdrawal(ethRequest(400), { id, key: 'k' as IdempotencyKey, requiredConfirmations: 3 }, RECORDED_AT);
const failure = { code: 'ACCOUNT_BLOCKED', message: '', retryable: false };
/** The withdrawal failed, a client retried it, and then a worker. */
const withdrawn = withdrawalItem({ ...fresh, status: 'RETRYING', failure, retryCycle: 2, retries: 2 });
const batch = batchItem(aBatch({ status: 'completed', run: 3, finishedAt: NOW }));
const FINISHED = { finished_at: NOW };
const job = {
  ...jobItem({
    ...{ id: 'job_1' as JobId, status: 'COMPLETED', shardsPerChunk: 1, createdAt: NOW },
    ...{ from: '2026-11-19' as Day, to: '2026-11-19' as Day },
  }),
  ...FINISHED,
};
const others: Item[] = [paid, declined, deposit, withdrawn, { ...batch, ...FINISHED }, job];

const IDS = [
  ...['payment.created:pay_1', 'payment.completed:pay_1', 'refund.created:rfd_1', 'deposit.created:dep_1'],
  ...['payment.created:pay_2', 'payment.failed:pay_2', `withdrawal.created:${id}`, `withdrawal.failed:${id}.1`],
  ...[`withdrawal.retrying:${id}.1`, `withdrawal.retrying:${id}.2`, 'settlement.completed:job_1'],
  ...['batch.stopped:batch:1', 'batch.completed:batch:3'],
];

const DETAILS: Readonly<Record<string, DomainEvent['data']>> = {
  'payment.completed:pay_1': { latency_ms: 50 },
  'payment.failed:pay_2': { latency_ms: 700, failure_code: 'LATE' },
  [`withdrawal.failed:${id}.1`]: { failure_code: 'ACCOUNT_BLOCKED' },
  [`withdrawal.retrying:${id}.1`]: { reopened: true },
};
/** By family and labels. */
const COUNTERS: Readonly<Record<string, number>> = {
  ...{ 'payments created IDR': 2, 'payments completed IDR': 1, 'payments failed IDR': 1 },
  ...{ 'amounts created IDR': 800, 'amounts completed IDR': 400, 'amounts failed IDR': 400 },
  ...{ 'durations completed 0.1': 1, 'durations failed 1.0': 1 },
  ...{ 'duration_sums completed': 50, 'duration_sums failed': 700, 'failures LATE': 1 },
  ...{ 'withdrawals created ETH': 1, 'withdrawals failed ETH': 1 },
  ...{ 'withdrawals retrying ETH': 2, 'withdrawals reopened ETH': 1 },
  'withdrawal_failures ACCOUNT_BLOCKED': 1,
};
const seriesIn = (name: string) => name.split(' ') as unknown as Series;
const countersOf = (counters: typeof COUNTERS): Item => ({
  ...counterKey('IDR', 3),
  ...Object.fromEntries(Object.entries(counters).map(([name, total]) => [nameOf(seriesIn(name)), total])),
});
const published = (name: string) => asPublished(event(name, DETAILS[name]));

const right: Tables = { events: [...IDS.map(published), countersOf(COUNTERS)], others };
const isOf =
  (name: string) =>
  ({ pk, sk }: Item) =>
    `${pk} ${sk}`.includes(name);
const without = (table: keyof Tables, name: string): Tables => {
  const left = right[table].filter((item) => !isOf(name)(item));
  expect(left.length).toBeLessThan(right[table].length);
  return { ...right, [table]: left };
};
const withEvent = (name: string, changes: object = {}): Tables => ({
  ...right,
  events: [...right.events, { ...published(name), ...changes }],
});
const withCounter = (name: string, total: number): Tables => ({
  ...right,
  events: [...right.events.slice(0, -1), countersOf({ ...COUNTERS, [name]: total })],
});

describe('events', () => {
  it('have no differences when each event has its fact and each fact its event', () =>
    expect(differencesInEvents(right, LATER)).toEqual([]));

  it.each<[string, Tables, string[], string]>([
    [
      'a payment without an event',
      without('events', 'payment.completed:pay_1'),
      ['facts', 'sums', 'counters'],
      'payment.completed:pay_1',
    ],
    ['a refund without an event', without('events', 'rfd_1'), ['facts'], 'rfd_1'],
    ['a deposit without an event', without('events', 'dep_1'), ['facts'], 'dep_1'],
    ['a retry without an event', without('events', `retrying:${id}.1`), ['facts', 'sums', 'counters'], `${id}.1`],
    [
      'a failure without an event',
      without('events', 'withdrawal.failed'),
      ['facts', 'sums', 'counters'],
      'withdrawal.failed',
    ],
    ['a batch without an event', without('events', 'batch.completed'), ['facts'], 'batch.completed:batch:3'],
    ['a job without an event', without('events', 'job_1'), ['facts'], 'job_1'],
    ['a missing payment', without('others', 'pay_2'), ['events', 'counters'], 'pay_2'],
    ['a missing batch', without('others', 'BATCH#batch'), ['events'], 'batch.stopped:batch:1'],
    ['a run that never happened', withEvent('batch.completed:batch:4'), ['events'], 'batch:4'],
    ['a run with two ends', withEvent('batch.completed:batch:1'), ['events'], 'batch.stopped:batch:1'],
    ['an event without a fact', withEvent('deposit.created:dep_9'), ['events'], 'dep_9'],
    ['an unknown type', withEvent('payment.lost:pay_1'), ['readable'], 'payment.lost'],
    [
      'an event under another id',
      withEvent('deposit.created:dep_1', { sk: `${NOW}#settlement.completed:dep_1` }),
      ['readable'],
      'settlement.completed:dep_1',
    ],
    [
      'an event that is neither published nor waiting',
      withEvent('deposit.created:dep_1', { published_at: undefined }),
      ['readable'],
      'dep_1',
    ],
    [
      'an event that is published and waits',
      withEvent('deposit.created:dep_1', { gsi1pk: 'WAITING#1' }),
      ['readable'],
      'dep_1',
    ],
    [
      'an event that is stored twice',
      withEvent('refund.created:rfd_1', { sk: '2026-11-20T09:00:00.000Z#refund.created:rfd_1' }),
      ['once'],
      'rfd_1',
    ],
  ])('%s is found', (_what, tables, checks, named) => {
    expect(found(tables)).toEqual(new Set(checks));
    expect(messages(tables)).toContain(named);
  });

  it.each<[name: string, expected: number, counted: number, ...checks: string[]]>([
    ['payments created IDR', 2, 3, 'sums', 'counters'],
    ['payments completed IDR', 1, 0, 'sums', 'counters'],
    ['payments lost IDR', 0, 1, 'sums', 'counters'],
    ['amounts completed IDR', 400, 401, 'sums', 'counters'],
    ['durations failed 1.0', 1, 2, 'sums', 'counters'],
    ['withdrawals retrying ETH', 2, 1, 'sums', 'counters'],
    ['withdrawals reopened ETH', 1, 2, 'sums', 'counters'],
    ['withdrawal_failures ACCOUNT_BLOCKED', 1, 0, 'sums', 'counters'],
    ['duration_sums failed', 700, 699, 'sums'],
  ])('a wrong counter is found: %s, %i counted as %i', (name, expected, counted, ...checks) => {
    const tables = withCounter(name, counted);
    expect(found(tables)).toEqual(new Set(checks));
    expect(messages(tables)).toContain(`expected ${expected}, found ${counted}`);
  });

  it('may take five minutes to be published', () => {
    const waiting = { ...right, events: right.events.with(3, newEventItem(event(IDS[3] as string))) };
    expect(found(waiting, RECORDED_AT + 5 * 60_000)).toEqual(new Set());
    expect(found(waiting, RECORDED_AT + 5 * 60_000 + 1)).toEqual(new Set(['published']));
  });

  it('are counted when they are published', () => {
    const waiting = { ...right, events: right.events.with(0, newEventItem(event('payment.created:pay_1'))) };
    expect(found(waiting, RECORDED_AT)).toEqual(new Set(['sums', 'counters']));
    const uncounted = { ...right, events: right.events.slice(0, -1) };
    expect(found(uncounted, RECORDED_AT)).toEqual(new Set(['sums', 'counters']));
  });

  it('that were marked around the time when the counters were read may be in them or not', () => {
    const read = (countedBefore: number, counters: typeof COUNTERS) => {
      const records = new EventRecords(LATER, countedBefore);
      for (const [name, total] of Object.entries(counters)) {
        records.addCount({ series: seriesIn(name), by: BigInt(total) });
      }
      for (const item of right.events) records.addItem(item);
      for (const item of others) records.addFacts(factsIn(item));
      return new Set(records.differences().map(({ check }) => check));
    };
    expect(read(RECORDED_AT, {})).toEqual(new Set());
    expect(read(RECORDED_AT, COUNTERS)).toEqual(new Set());
    expect(read(RECORDED_AT, { 'payments created IDR': 3 })).toEqual(new Set(['sums', 'counters']));
    expect(read(RECORDED_AT + 1, {})).toEqual(new Set(['sums', 'counters']));
  });

  it('of batches, deposits and settlements from before the migration may have expired', () => {
    const kept = (time: number) => ({
      pk: 'MIGRATION#EVENT-STORE',
      sk: 'MIGRATION',
      kept_since: new Date(time).toISOString(),
    });
    const expired = right.events.filter(({ pk }) => !/deposit|settlement|batch/.test(`${pk}`));
    expect(found({ ...right, events: expired })).toEqual(new Set(['facts']));
    expect(found({ ...right, events: [kept(RECORDED_AT), ...expired] })).toEqual(new Set(['facts']));
    expect(found({ ...right, events: [kept(RECORDED_AT + 1), ...expired] })).toEqual(new Set());
    const refunds = right.events.filter(({ pk }) => !/refund/.test(`${pk}`));
    expect(found({ ...right, events: [kept(RECORDED_AT + 1), ...refunds] })).toEqual(new Set(['facts']));
  });

  it('of facts that happen while the tables are read are no difference once they are found', () => {
    const records = new EventRecords(LATER, LATER);
    for (const item of others) records.addFacts(factsIn(item));
    const missing = new Set(records.missing.map((fact) => fact.id));
    expect(missing).toEqual(new Set(IDS.filter((name) => name !== 'batch.stopped:batch:1')));
    expect(records.differences(missing)).toEqual([]);
  });
});
