import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cloudEvent } from '../../lib/events/cloud-event.ts';
import { type DomainEvent, EVENT_TYPES } from '../../lib/events/event.ts';
import { auditItem, counterKey, publishedItem, seenItem, waitingItem } from '../../lib/events/items.ts';
import type { Day } from '../../lib/kernel/day.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { UserId } from '../../lib/ledger/entry.ts';
import { lineItem } from '../../lib/ledger/items.ts';
import { batchItem } from '../../lib/payouts/items.ts';
import { jobItem } from '../../lib/settlement/items.ts';
import type { JobId } from '../../lib/settlement/job.ts';
import { depositEntry } from '../../lib/wallets/entries.ts';
import type { DepositId, PaymentId, ProviderId, RefundId } from '../../lib/wallets/ids.ts';
import { paymentItem } from '../../lib/wallets/items.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { withdrawalItem } from '../../lib/withdrawals/items.ts';
import { newWithdrawal } from '../../lib/withdrawals/withdrawal.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { AUDITED, COUNTED, differencesInEvents, EventRecords } from '../../scripts/verify/events-checks.ts';
import { factsIn } from '../../scripts/verify/facts.ts';
import { aBatch, currency, NOW } from '../support/builders.ts';
import { ethRequest } from '../support/withdrawals-world.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const RECORDED_AT = Date.parse(NOW);
/** By this time every event must be published, logged and counted. */
const LATER = RECORDED_AT + 60 * 60_000;

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
const event = (name: string): DomainEvent => ({
  ...{ id: name, type: name.split(':')[0] as DomainEvent['type'], source: '/sluice', subject: name, time: NOW },
  data: { amount: '400' },
});
const COUNTERS: [string[], number][] = [
  ...(
    [
      ['created', 2],
      ['completed', 1],
      ['failed', 1],
    ] as const
  ).flatMap(([outcome, count]): [string[], number][] => [
    [['payments', outcome, 'IDR'], count],
    [['amounts', outcome, 'IDR'], 400 * count],
  ]),
  ...([
    [['durations', 'completed', '0.1'], 1],
    [['durations', 'failed', '1.0'], 1],
  ] as [string[], number][]),
  ...([
    [['duration_sums', 'failed'], 700],
    [['failures', 'LATE'], 1],
  ] as [string[], number][]),
  ...([
    [['withdrawals', 'created', 'ETH'], 1],
    [['withdrawals', 'failed', 'ETH'], 1],
  ] as [string[], number][]),
  ...([
    [['withdrawals', 'retrying', 'ETH'], 2],
    [['withdrawals', 'reopened', 'ETH'], 1],
  ] as [string[], number][]),
  ...([[['withdrawal_failures', 'ACCOUNT_BLOCKED'], 1]] as [string[], number][]),
];
const counter = ([series, total]: [string[], number]): Item => ({ ...counterKey(JSON.stringify(series)), total });
const logged = (name: string): Item => auditItem(cloudEvent(event(name)));

type Tables = Record<'outbox' | 'audit' | 'metrics' | 'others', readonly Item[]>;
const right: Tables = {
  outbox: IDS.map((name) => publishedItem(event(name), RECORDED_AT)),
  audit: IDS.filter((name) => AUDITED.test(name)).map(logged),
  metrics: [
    ...COUNTERS.map(counter),
    ...IDS.filter((name) => COUNTED.test(name)).map((name) => seenItem(name, RECORDED_AT)),
  ],
  others,
};
const isOf =
  (name: string) =>
  ({ pk, sk }: Item) =>
    `${pk} ${sk}`.includes(name);
const without = (table: keyof Tables, name: string): Tables => {
  const left = right[table].filter((item) => !isOf(name)(item));
  expect(left.length).toBeLessThan(right[table].length);
  return { ...right, [table]: left };
};
const withItem = (table: keyof Tables, item: Item): Tables => ({ ...right, [table]: [...right[table], item] });
const withCounter = (series: string[], total: number) => {
  const changed = COUNTERS.map(([name, count]): [string[], number] => [
    name,
    `${name}` === `${series}` ? total : count,
  ]);
  return { ...right, metrics: [...changed.map(counter), ...right.metrics.slice(COUNTERS.length)] };
};
const found = (tables: Tables, now = LATER) => new Set(differencesInEvents(tables, now).map(({ check }) => check));

describe('events', () => {
  it('have no differences when each event has its fact and each fact its event', () =>
    expect(differencesInEvents(right, LATER)).toEqual([]));

  it.each<[string, Tables, string[], string]>([
    ['a payment without an event', without('outbox', 'payment.completed:pay_1'), ['facts'], 'payment.completed:pay_1'],
    ['a refund without an event', without('outbox', 'rfd_1'), ['facts'], 'rfd_1'],
    ['a deposit without an event', without('outbox', 'dep_1'), ['facts'], 'dep_1'],
    ['a retry without an event', without('outbox', `retrying:${id}.1`), ['facts'], `${id}.1`],
    ['a failure without an event', without('outbox', 'withdrawal.failed'), ['facts'], 'withdrawal.failed'],
    ['a batch without an event', without('outbox', 'batch.completed'), ['facts'], 'batch.completed:batch:3'],
    ['a job without an event', without('outbox', 'job_1'), ['facts'], 'job_1'],
    ['a missing payment', without('others', 'pay_2'), ['events', 'counters'], 'pay_2'],
    ['a missing batch', without('others', 'BATCH#batch'), ['events'], 'batch.stopped:batch:1'],
    [
      'a run that never happened',
      withItem('outbox', publishedItem(event('batch.completed:batch:4'), RECORDED_AT)),
      ['events'],
      'batch:4',
    ],
    [
      'a run with two ends',
      withItem('outbox', publishedItem(event('batch.completed:batch:1'), RECORDED_AT)),
      ['events'],
      'batch.stopped:batch:1',
    ],
    [
      'an event without a fact',
      withItem('outbox', publishedItem(event('deposit.created:dep_9'), RECORDED_AT)),
      ['events'],
      'dep_9',
    ],
    ['a log entry without a fact', withItem('audit', logged('refund.created:rfd_9')), ['events'], 'rfd_9'],
    [
      'a counted event without a fact',
      withItem('metrics', seenItem('payment.created:pay_9', RECORDED_AT)),
      ['events'],
      'pay_9',
    ],
    [
      'an unknown type',
      withItem('outbox', publishedItem(event('payment.lost:pay_1'), RECORDED_AT)),
      ['readable'],
      'payment.lost',
    ],
    [
      'an event under another id',
      withItem('outbox', { ...publishedItem(event(IDS[0] as string), 0), pk: 'EVENT#x' }),
      ['readable'],
      'EVENT#x',
    ],
    [
      'an event that is neither published nor waiting',
      withItem('outbox', { pk: 'EVENT#x', sk: 'EVENT', event: '{}' }),
      ['readable'],
      'EVENT#x',
    ],
    ['an event that is not logged', without('audit', 'payment.failed'), ['logged'], 'payment.failed:pay_2'],
    [
      'an event that is logged twice',
      withItem('audit', { ...logged('refund.created:rfd_1'), sk: 'again' }),
      ['logged'],
      'rfd_1',
    ],
    ['an event that is not counted', without('metrics', 'payment.failed'), ['counted'], 'payment.failed:pay_2'],
    ['a payment too many', withCounter(['payments', 'created', 'IDR'], 3), ['counters'], 'expected 2, found 3'],
    ['a payment too few', withCounter(['payments', 'completed', 'IDR'], 0), ['counters'], 'expected 1, found 0'],
    ['another amount', withCounter(['amounts', 'completed', 'IDR'], 401), ['counters'], 'expected 400, found 401'],
    [
      'another number of durations',
      withCounter(['durations', 'failed', '1.0'], 2),
      ['counters'],
      'expected 1, found 2',
    ],
    [
      'another number of retries',
      withCounter(['withdrawals', 'retrying', 'ETH'], 1),
      ['counters'],
      'expected 2, found 1',
    ],
    [
      'another number of reopened withdrawals',
      withCounter(['withdrawals', 'reopened', 'ETH'], 2),
      ['counters'],
      'expected 1, found 2',
    ],
    [
      'another number of failures',
      withCounter(['withdrawal_failures', 'ACCOUNT_BLOCKED'], 0),
      ['counters'],
      'expected 1, found 0',
    ],
    [
      'an unexpected counter',
      withItem('metrics', counter([['payments', 'lost', 'IDR'], 1])),
      ['counters'],
      'expected 0, found 1',
    ],
  ])('%s is found', (_what, tables, expected, named) => {
    expect(found(tables)).toEqual(new Set(expected));
    expect(
      differencesInEvents(tables, LATER)
        .map(({ message }) => message)
        .join('\n'),
    ).toContain(named);
  });

  it('have the same content in the audit log and in the outbox, in any order of fields', () => {
    const { data, ...rest } = cloudEvent(event('payment.created:pay_1'));
    const rewrite = (content: object) => (item: Item) =>
      isOf('payment.created:pay_1')(item) ? { ...item, event: JSON.stringify(content) } : item;
    expect(found({ ...right, audit: right.audit.map(rewrite({ data, ...rest })) })).toEqual(new Set());
    const altered = { ...rest, data: { amount: '1' } };
    expect(found({ ...right, audit: right.audit.map(rewrite(altered)) })).toEqual(new Set(['logged']));
  });

  it('may take five minutes to be published', () => {
    const waiting = { ...right, outbox: right.outbox.with(3, waitingItem(event(IDS[3] as string))) };
    expect(found(waiting, RECORDED_AT + 5 * 60_000)).toEqual(new Set());
    expect(found(waiting, RECORDED_AT + 5 * 60_000 + 1)).toEqual(new Set(['published']));
  });

  it('are logged and counted within 15 minutes after publishing', () => {
    const [early, none] = [RECORDED_AT + 15 * 60_000, { ...right, audit: [], metrics: [] }];
    expect(found(none, early)).toEqual(new Set());
    expect(found(none, early + 1)).toEqual(new Set(['logged', 'counted']));
  });

  it('expire in the outbox after a week, but not in the audit log or the counters', () => {
    const expired = { ...right, outbox: [] };
    expect(found(expired, RECORDED_AT + 7 * DAY_MS)).toEqual(new Set(['facts']));
    expect(found(expired, RECORDED_AT + 7 * DAY_MS + 1)).toEqual(new Set());
    const unlogged = { ...expired, audit: without('audit', 'payment.failed').audit };
    expect(found(unlogged, RECORDED_AT + 7 * DAY_MS + 1)).toEqual(new Set(['facts']));
    const uncounted = { ...expired, metrics: without('metrics', 'payment.failed').metrics };
    expect(found(uncounted, RECORDED_AT + 7 * DAY_MS + 1)).toEqual(new Set(['counted']));
  });

  it('stay in the counters after their marks have expired', () => {
    const old = { ...right, outbox: [], metrics: right.metrics.slice(0, COUNTERS.length) };
    expect(found(old, RECORDED_AT + 31 * DAY_MS)).toEqual(new Set());
    expect(found({ ...old, metrics: [] }, RECORDED_AT + 31 * DAY_MS)).toEqual(new Set(['counters']));
  });

  it('of facts that happen while the tables are read are no difference once they are found', () => {
    const records = new EventRecords(LATER);
    for (const item of others) records.addFacts(factsIn(item));
    expect(new Set(records.missing)).toEqual(new Set(IDS.filter((name) => name !== 'batch.stopped:batch:1')));
    expect(records.differences(new Set(records.missing))).toEqual([]);
  });

  it('go to the queues of resources/events.yml', () => {
    const file = readFileSync(join(import.meta.dirname, '../../resources/events.yml'), 'utf8');
    const { MetricsSubscription, AuditSubscription } = parse(file).Resources;
    const admits = ({ Properties }: { Properties: { FilterPolicy: { type: { prefix: string }[] } } }, type: string) =>
      Properties.FilterPolicy.type.some(({ prefix }) => type.startsWith(prefix));
    for (const type of EVENT_TYPES) {
      expect([COUNTED.test(type), AUDITED.test(type)], type).toEqual([
        admits(MetricsSubscription, type),
        admits(AuditSubscription, type),
      ]);
    }
  });
});
