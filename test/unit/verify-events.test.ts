import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cloudEvent } from '../../lib/events/cloud-event.ts';
import { type DomainEvent, EVENT_TYPES } from '../../lib/events/event.ts';
import { auditItem, counterKey, publishedItem, seenItem, waitingItem } from '../../lib/events/items.ts';
import type { Day } from '../../lib/kernel/day.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { lineItem } from '../../lib/ledger/items.ts';
import type { UserId } from '../../lib/ledger/user-id.ts';
import { batchItem } from '../../lib/payouts/items.ts';
import { jobItem } from '../../lib/settlement/items.ts';
import type { JobId } from '../../lib/settlement/job.ts';
import { depositEntry } from '../../lib/wallets/entries.ts';
import type { DepositId, PaymentId, ProviderId, RefundId } from '../../lib/wallets/ids.ts';
import { paymentItem } from '../../lib/wallets/items.ts';
import { withdrawalId } from '../../lib/withdrawals/ids.ts';
import { withdrawalItem } from '../../lib/withdrawals/items.ts';
import { newWithdrawal } from '../../lib/withdrawals/withdrawal.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { AUDITED, COUNTED, differencesInEvents, EventRecords } from '../../scripts/verify/events-checks.ts';
import { factsIn } from '../../scripts/verify/facts.ts';
import { aBatch, currency, NOW } from '../support/builders.ts';
import { ethRequest } from '../support/withdrawals-world.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const TOLD_AT = Date.parse(NOW);
/** When all that is told was published, logged and counted. */
const LATER = TOLD_AT + 60 * 60_000;

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
const id = withdrawalId('00000000-0000-4000-8000-000000000001');
const fresh = newWithdrawal(ethRequest(400), { id, key: 'k' as IdempotencyKey, requiredConfirmations: 3 }, TOLD_AT);
const failure = { code: 'ACCOUNT_BLOCKED', message: '', retryable: false };
/** Failed, retried by a client, and then by a worker. */
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
  outbox: IDS.map((name) => publishedItem(event(name), TOLD_AT)),
  audit: IDS.filter((name) => AUDITED.test(name)).map(logged),
  metrics: [
    ...COUNTERS.map(counter),
    ...IDS.filter((name) => COUNTED.test(name)).map((name) => seenItem(name, TOLD_AT)),
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
  it('are right where each has its fact, and each fact its event', () =>
    expect(differencesInEvents(right, LATER)).toEqual([]));

  it.each<[string, Tables, string[], string]>([
    ['a payment that was not told', without('outbox', 'payment.completed:pay_1'), ['facts'], 'payment.completed:pay_1'],
    ['a refund that was not told', without('outbox', 'rfd_1'), ['facts'], 'rfd_1'],
    ['a deposit that was not told', without('outbox', 'dep_1'), ['facts'], 'dep_1'],
    ['a retry that was not told', without('outbox', `retrying:${id}.1`), ['facts'], `${id}.1`],
    ['a failure that was not told', without('outbox', 'withdrawal.failed'), ['facts'], 'withdrawal.failed'],
    ['a batch that was not told', without('outbox', 'batch.completed'), ['facts'], 'batch.completed:batch:3'],
    ['a job that was not told', without('outbox', 'job_1'), ['facts'], 'job_1'],
    ['a payment that is not there', without('others', 'pay_2'), ['events', 'counters'], 'pay_2'],
    ['a batch that is not there', without('others', 'BATCH#batch'), ['events'], 'batch.stopped:batch:1'],
    [
      'a run that has not been',
      withItem('outbox', publishedItem(event('batch.completed:batch:4'), TOLD_AT)),
      ['events'],
      'batch:4',
    ],
    [
      'a run with two ends',
      withItem('outbox', publishedItem(event('batch.completed:batch:1'), TOLD_AT)),
      ['events'],
      'batch.stopped:batch:1',
    ],
    [
      'what was told and did not happen',
      withItem('outbox', publishedItem(event('deposit.created:dep_9'), TOLD_AT)),
      ['events'],
      'dep_9',
    ],
    ['what was logged and did not happen', withItem('audit', logged('refund.created:rfd_9')), ['events'], 'rfd_9'],
    [
      'what was counted and did not happen',
      withItem('metrics', seenItem('payment.created:pay_9', TOLD_AT)),
      ['events'],
      'pay_9',
    ],
    [
      'a type that there is not',
      withItem('outbox', publishedItem(event('payment.lost:pay_1'), TOLD_AT)),
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
      'what was neither published nor waits',
      withItem('outbox', { pk: 'EVENT#x', sk: 'EVENT', event: '{}' }),
      ['readable'],
      'EVENT#x',
    ],
    ['what is not logged', without('audit', 'payment.failed'), ['logged'], 'payment.failed:pay_2'],
    [
      'what is logged twice',
      withItem('audit', { ...logged('refund.created:rfd_1'), sk: 'again' }),
      ['logged'],
      'rfd_1',
    ],
    ['what is not counted', without('metrics', 'payment.failed'), ['counted'], 'payment.failed:pay_2'],
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
      'another number of those opened again',
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
      'a counter of nothing',
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

  it('in the audit log say what the outbox says, in whatever order', () => {
    const { data, ...rest } = cloudEvent(event('payment.created:pay_1'));
    const rewrite = (content: object) => (item: Item) =>
      isOf('payment.created:pay_1')(item) ? { ...item, event: JSON.stringify(content) } : item;
    expect(found({ ...right, audit: right.audit.map(rewrite({ data, ...rest })) })).toEqual(new Set());
    const altered = { ...rest, data: { amount: '1' } };
    expect(found({ ...right, audit: right.audit.map(rewrite(altered)) })).toEqual(new Set(['logged']));
  });

  it('may wait for a while', () => {
    const waiting = { ...right, outbox: right.outbox.with(3, waitingItem(event(IDS[3] as string))) };
    expect(found(waiting, TOLD_AT + 5 * 60_000)).toEqual(new Set());
    expect(found(waiting, TOLD_AT + 5 * 60_000 + 1)).toEqual(new Set(['published']));
  });

  it('are logged and counted some time after they were published', () => {
    const [early, none] = [TOLD_AT + 15 * 60_000, { ...right, audit: [], metrics: [] }];
    expect(found(none, early)).toEqual(new Set());
    expect(found(none, early + 1)).toEqual(new Set(['logged', 'counted']));
  });

  it('are forgotten by the outbox after a week, and by nobody else', () => {
    const forgotten = { ...right, outbox: [] };
    expect(found(forgotten, TOLD_AT + 7 * DAY_MS)).toEqual(new Set(['facts']));
    expect(found(forgotten, TOLD_AT + 7 * DAY_MS + 1)).toEqual(new Set());
    const unlogged = { ...forgotten, audit: without('audit', 'payment.failed').audit };
    expect(found(unlogged, TOLD_AT + 7 * DAY_MS + 1)).toEqual(new Set(['facts']));
    const uncounted = { ...forgotten, metrics: without('metrics', 'payment.failed').metrics };
    expect(found(uncounted, TOLD_AT + 7 * DAY_MS + 1)).toEqual(new Set(['counted']));
  });

  it('are in the counters for ever, also when nobody remembers that they were counted', () => {
    const old = { ...right, outbox: [], metrics: right.metrics.slice(0, COUNTERS.length) };
    expect(found(old, TOLD_AT + 31 * DAY_MS)).toEqual(new Set());
    expect(found({ ...old, metrics: [] }, TOLD_AT + 31 * DAY_MS)).toEqual(new Set(['counters']));
  });

  it('that came to be while the facts were read are no difference once they are found', () => {
    const records = new EventRecords(LATER);
    for (const item of others) records.addFacts(factsIn(item));
    expect(new Set(records.missing)).toEqual(new Set(IDS.filter((name) => name !== 'batch.stopped:batch:1')));
    expect(records.differences(new Set(records.missing))).toEqual([]);
  });

  it('go to those queues that resources/events.yml sends them to', () => {
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
