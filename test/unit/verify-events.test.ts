import { describe, expect, it } from 'vitest';
import { keyItem, secretItem } from '../../lib/access/items.ts';
import { type ApiKey, LOCAL_KEY_ID, type Session } from '../../lib/access/key.ts';
import { nameOf, type Series } from '../../lib/events/counts.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { counterKey, newEventItem } from '../../lib/events/items.ts';
import type { EventType } from '../../lib/events/schemas.ts';
import { type Import, type ImportId, BEGINNING as NO_ROWS } from '../../lib/imports/import.ts';
import { importItem } from '../../lib/imports/items.ts';
import type { Day } from '../../lib/kernel/day.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { KeyId } from '../../lib/kernel/principal.ts';
import type { UserId } from '../../lib/ledger/entry.ts';
import { lineItem } from '../../lib/ledger/items.ts';
import type { ProductId } from '../../lib/orders/ids.ts';
import { productItem } from '../../lib/orders/items.ts';
import type { Batch } from '../../lib/payouts/batch.ts';
import { batchItem } from '../../lib/payouts/dynamo-batch-items.ts';
import { payoutItem } from '../../lib/payouts/dynamo-payout-items.ts';
import { type BatchId, payoutId } from '../../lib/payouts/ids.ts';
import type { PayoutStatus } from '../../lib/payouts/payout.ts';
import { jobItem } from '../../lib/settlement/items.ts';
import type { JobId } from '../../lib/settlement/job.ts';
import { rowItem } from '../../lib/transactions/items.ts';
import type { MerchantId, TransactionId } from '../../lib/transactions/transaction.ts';
import { workText } from '../../lib/uploads/upload.ts';
import { depositEntry } from '../../lib/wallets/entries.ts';
import type { DepositId, PaymentId, ProviderId, RefundId } from '../../lib/wallets/ids.ts';
import { paymentItem } from '../../lib/wallets/items.ts';
import type { Network } from '../../lib/withdrawals/assets.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { deniedItem, withdrawalItem } from '../../lib/withdrawals/items.ts';
import { newWithdrawal } from '../../lib/withdrawals/withdrawal.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { differencesInEvents, EventRecords } from '../../scripts/verify/events-checks.ts';
import { factsIn } from '../../scripts/verify/facts.ts';
import { aBatch, aPayout, currency, NOW } from '../support/builders.ts';
import { ethRequest } from '../support/withdrawals-world.ts';

const RECORDED_AT = Date.parse(NOW);
/** By this time every event must be published. */
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
const event = (name: string, data: DomainEvent['data'] = {}): DomainEvent => ({
  ...{ id: name, type: name.split(':')[0] as DomainEvent['type'], source: '/sluice', subject: name, time: NOW },
  data: { amount: '400', ...(name.startsWith('withdrawal') ? { asset: 'ETH' } : { currency: 'IDR' }), ...data },
});
const DETAILS: Readonly<Record<string, DomainEvent['data']>> = {
  'payment.completed:pay_1': { latency_ms: 50 },
  'payment.failed:pay_2': { latency_ms: 700, failure_code: 'LATE' },
  [`withdrawal.failed:${id}.1`]: { failure_code: 'ACCOUNT_BLOCKED' },
  [`withdrawal.retrying:${id}.1`]: { reopened: true },
  'session.opened:expired': { expires_at: NOW },
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
const published = (name: string): Item => {
  const { gsi1pk: _, ...item } = newEventItem(event(name, DETAILS[name]));
  return { ...item, published_at: NOW };
};

type Tables = Record<'events' | 'others', readonly Item[]>;
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
const found = (tables: Tables, now = LATER) => new Set(differencesInEvents(tables, now).map(({ check }) => check));
const messages = (tables: Tables) =>
  differencesInEvents(tables, LATER)
    .map(({ message }) => message)
    .join('\n');

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

describe('events of actions', () => {
  const EARLIER = new Date(RECORDED_AT - 1).toISOString();
  const product = (name: string, createdAt: string) =>
    productItem({ ...{ id: name as ProductId, name, priceCents: 1n, stock: 1, initialStock: 1 }, createdAt });
  const run = (status: 'in_progress' | 'stopping', number: number) =>
    batchItem(aBatch({ id: 'b' as BatchId, status, run: number }));
  const of = (items: readonly Item[], ...ids: string[]): Tables => ({ others: items, events: ids.map(published) });

  it('are required since the first event of their type: earlier versions had none', () => {
    const products = [product('new', NOW), product('lost', NOW), product('old', EARLIER)];
    expect(found(of(products))).toEqual(new Set());
    expect(messages(of(products, 'product.created:new'))).toBe('product.created:lost: happened, but has no event');
  });

  it('are all required of data that this version wrote alone', () => {
    const all = differencesInEvents(of([product('old', EARLIER)]), LATER, true);
    expect(all).toMatchObject([{ check: 'facts', id: 'product.created:old' }]);
  });

  it('of a batch: each run was started or retried, and was stopped once at most', () => {
    const starts = ['batch.created:b', 'batch.started:b:1', 'batch.retried:b:2'];
    expect(found(of([run('in_progress', 2)], ...starts))).toEqual(new Set());
    expect(found(of([run('stopping', 2)], ...starts, 'batch.stop_requested:b:2'))).toEqual(new Set());
    expect(messages(of([run('in_progress', 2)], ...starts, 'batch.stop_requested:b:2'))).toContain('did not happen');
    expect(messages(of([run('in_progress', 2)], ...starts, 'batch.started:b:2'))).toContain('did not happen');
  });

  it('of a batch: its approval or rejection, its time, and each change of it', () => {
    const stored = (changes: Partial<Batch>) => batchItem(aBatch({ id: 'b' as BatchId, ...changes }));
    const timed = stored({ status: 'scheduled', startAt: NOW, scheduledAt: NOW, approvedAt: NOW, reschedules: 2 });
    const events = ['created:b', 'approved:b', 'scheduled:b', 'rescheduled:b:1', 'rescheduled:b:2'];
    const ids = events.map((id) => `batch.${id}`);
    expect(found(of([timed], ...ids))).toEqual(new Set());
    for (const lost of ids.slice(1)) {
      expect(messages(of([timed], ...ids.filter((id) => id !== lost)))).toBe(`${lost}: happened, but has no event`);
    }
    expect(messages(of([timed], ...ids, 'batch.rescheduled:b:3'))).toContain('did not happen');
    expect(messages(of([timed], ...ids, 'batch.rejected:b'))).toContain('did not happen');
    const rejected = stored({ status: 'rejected', finishedAt: NOW });
    expect(found(of([rejected], 'batch.created:b', 'batch.rejected:b'))).toEqual(new Set());
    expect(differencesInEvents(of([rejected], 'batch.created:b'), LATER, true)).toMatchObject([
      { id: 'batch.rejected:b' },
    ]);
    expect(messages(of([rejected], 'batch.created:b', 'batch.rejected:b', 'batch.approved:b'))).toContain('did not');
    // It may have been dropped before it was stored whole.
    const dropped = stored({ status: 'rejected', finishedAt: NOW, upload: 'upl_1' });
    expect(found(of([dropped], 'batch.rejected:b'))).toEqual(new Set());
    expect(found(of([dropped], 'batch.created:b', 'batch.rejected:b'))).toEqual(new Set());
  });

  describe('of payouts that ended together', () => {
    const RETRIABLE = { code: 'DOWN', message: '', retryable: true };
    const payout = (position: number, status: PayoutStatus, updatedAt = NOW) =>
      payoutItem(
        aPayout({
          ...{ id: payoutId({ batchId: 'b' as BatchId, chunk: 1, position }), status, updatedAt },
          ...(status === 'failed' ? { failure: RETRIABLE } : { bankId: 'x', returned: { code: 'CLOSED', at: NOW } }),
        }),
      );
    const nameOf = (position: number) => `b.0001.00000${position}`;
    const listing = (type: EventType, inRun: number, ...positions: number[]): Item => {
      const id = `${type}:${nameOf(positions[0] ?? 0)}:${inRun}`;
      const payouts = positions.map((position) => ({ payout_id: nameOf(position) }));
      const item = newEventItem({ ...event(id), subject: 'b', data: { batch_id: 'b', chunk: 1, run: inRun, payouts } });
      const { gsi1pk: _, ...rest } = item;
      return { ...rest, published_at: NOW };
    };
    const all = (inRun: number, items: readonly Item[], ...lists: Item[]): Tables => {
      const starts = Array.from({ length: inRun }, (_, index) => `batch.started:b:${index + 1}`);
      const events = ['batch.created:b', ...starts].map(published);
      return { others: [...items, run('in_progress', inRun)], events: [...events, ...lists] };
    };

    it.each(['failed', 'cancelled', 'returned'] as const)('each %s one is listed, and no other', (status) => {
      const type = `payout.${status}` as const;
      const both = [payout(1, status), payout(2, status), payout(3, 'completed')];
      expect(messages(all(1, both, listing(type, 1, 1, 2)))).toBe('');
      expect(messages(all(1, both, listing(type, 1, 1)))).toBe(`${type}:${nameOf(2)}: happened, but has no event`);
      const much = `${type}:${nameOf(3)}: is listed, but did not happen`;
      expect(messages(all(1, both, listing(type, 1, 1, 2, 3)))).toBe(much);
      expect(messages(all(1, both, listing(type, 1, 1, 2), listing(type, 1, 4)))).toContain(nameOf(4));
    });

    it('a failed one may be opened again in a later run, a cancelled one may not', () => {
      const paid = [payout(1, 'completed')];
      expect(messages(all(2, paid, listing('payout.failed', 1, 1)))).toBe('');
      expect(messages(all(2, paid, listing('payout.failed', 2, 1)))).toContain('is listed, but did not happen');
      expect(messages(all(2, paid, listing('payout.cancelled', 1, 1)))).toContain('is listed, but did not happen');
      expect(messages(all(2, [payout(1, 'failed')], listing('payout.failed', 1, 1)))).toBe('');
    });

    it('failures of earlier versions have no event', () => {
      const items = [payout(1, 'failed', EARLIER), payout(2, 'failed')];
      expect(messages(all(1, items, listing('payout.failed', 1, 2)))).toBe('');
      expect(messages(all(1, [payout(1, 'cancelled', EARLIER)]))).toContain('happened, but has no event');
    });

    it('the runs of batches are read again after their payouts', () => {
      const records = new EventRecords(LATER, LATER);
      records.addItem(listing('payout.failed', 1, 1));
      records.addFacts(factsIn(run('in_progress', 1)));
      records.addFacts(factsIn(payout(1, 'completed')));
      expect(records.compareListed()).toEqual([{ pk: 'BATCH#b', sk: 'BATCH' }]);
      records.addFacts(factsIn(run('in_progress', 2)));
      expect(records.differences().filter(({ id }) => id.startsWith('payout.'))).toEqual([]);
    });
  });

  const key = (changes: Partial<ApiKey>) =>
    keyItem({
      ...{ id: 'k' as KeyId, name: 'payroll', person: 'ana', scopes: [], limits: {}, createdAt: NOW, version: 3 },
      ...{ secrets: [], ...changes },
    });

  it('of a key: it is made once, each later version is a change or a rotation, and the last one may revoke it', () => {
    const first = ['key.created:k:1', 'key.rotated:k:2'];
    expect(found(of([key({})], ...first, 'key.changed:k:3'))).toEqual(new Set());
    const revoked = key({ revokedAt: NOW });
    expect(found(of([revoked], ...first, 'key.revoked:k:3'))).toEqual(new Set());
    expect(messages(of([revoked], ...first))).toBe('key.revoked:k:3: happened, but has no event');
    expect(messages(of([key({})], 'key.created:k:1', 'key.changed:k:3'))).toContain('key.changed:k:2: happened');
    expect(messages(of([key({})], ...first, 'key.revoked:k:3'))).toContain('key.revoked:k:3: is stored, but did not');
    expect(messages(of([key({ version: 1 })]))).toBe('key.created:k:1: happened, but has no event');
    expect(messages(of([], 'key.created:k:1'))).toContain('did not happen');
    const local = `key.rotated:${LOCAL_KEY_ID}:2`;
    expect(found(of([key({ id: LOCAL_KEY_ID, version: 1 })], local))).toEqual(new Set());
  });

  it('of a session: it is opened before it is closed, and then it is gone, as after its end', () => {
    const secret = (session?: Session) => secretItem({ hash: 'h', keyId: 'k' as KeyId, ...(session && { session }) });
    const open = secret({ id: 's', secretHash: 'h', expiresAt: '2099-01-01T00:00:00.000Z' });
    expect(found(of([open, secret()], 'session.opened:s'))).toEqual(new Set());
    expect(found(of([], 'session.opened:s', 'session.closed:s'))).toEqual(new Set());
    expect(found(of([], 'session.opened:expired'))).toEqual(new Set());
    expect(messages(of([open]))).toBe('session.opened:s: happened, but has no event');
    expect(messages(of([], 'session.opened:s'))).toContain('session.opened:s: is stored, but did not happen');
    expect(messages(of([open], 'session.opened:s', 'session.closed:s'))).toContain(
      'session.closed:s: is stored, but did not',
    );
    expect(messages(of([], 'session.closed:s'))).toBe('session.opened:s: happened, but has no event');
  });

  it('of an address: it is denied before it is allowed, and then it is not on the list', () => {
    const network = 'ethereum' as Network;
    const denial = { id: 'dny_1', pk: 'DENIED#ethereum#digest', network, address: 'enc', reason: '', createdAt: NOW };
    const both = ['address.denied:dny_1', 'address.allowed:dny_1'];
    expect(found(of([deniedItem(denial)], 'address.denied:dny_1'))).toEqual(new Set());
    expect(found(of([], ...both))).toEqual(new Set());
    expect(messages(of([deniedItem(denial)]))).toBe('address.denied:dny_1: happened, but has no event');
    expect(messages(of([deniedItem(denial)], ...both))).toContain('address.allowed:dny_1: is stored, but did not');
    expect(messages(of([], 'address.allowed:dny_1'))).toBe('address.denied:dny_1: happened, but has no event');
    expect(found(of([], 'address.allowed:ethereum:2026'))).toEqual(new Set()); // denied before denials had events
  });

  it('of an import and of rows: those that an event names are read', () => {
    const imported = (changes: Partial<Import>) =>
      importItem({
        ...{ id: 'i' as ImportId, status: 'COMPLETED', format: 'csv', createdAt: NOW, touchedAt: 0, bytes: 9 },
        ...{ checkpoint: NO_ROWS, ...changes },
      });
    const compared = (items: readonly Item[], ...ids: string[]) => {
      const records = new EventRecords(LATER, LATER, true);
      for (const id of ids) records.addItem({ ...published(id), ...subjectOf(id) });
      const keys = records.compareNamed().map(({ pk }) => pk);
      for (const item of items) if (keys.includes(`${item.pk}`)) records.addFacts(factsIn(item));
      return records.differences().map(({ message }) => message);
    };
    /** The subject of an event of a window is the import. */
    const subjectOf = (id: string) => ({ pk: `SUBJECT#${id.split(':')[1]}` });
    const events = ['import.created:i', 'import.started:i', 'import.advanced:i:10', 'import.completed:i'];
    expect(compared([imported({})], ...events)).toEqual([]);
    expect(compared([imported({})], ...events.slice(0, 3))).toEqual(['import.completed:i: happened, but has no event']);
    expect(compared([imported({ status: 'RUNNING' })], ...events)).toEqual([
      'import.completed:i: is stored, but did not happen',
    ]);
    expect(compared([], ...events)).toHaveLength(4);
    const work = workText({
      ...{ onInvalid: 'skip', duplicates: 'skip', claimsSales: false, phase: 'released', wanted: 'stop' },
      ...{ requests: 1, followed: true },
    });
    expect(compared([imported({ work })], ...events, 'upload.requested:i:1')).toEqual([]);
    expect(compared([imported({ work })], ...events)).toEqual(['upload.requested:i:1: happened, but has no event']);
    expect(compared([imported({ work })], ...events, 'upload.requested:i:1', 'upload.requested:i:2')).toHaveLength(1);
    const row = { merchantId: 'm' as MerchantId, amountCents: 1n, feeCents: 0n, status: 'PAID', paidAt: 0 } as const;
    const stored = rowItem({ ...row, id: 'r' as TransactionId });
    expect(compared([stored], 'transactions.stored:r')).toEqual([]);
    expect(compared([], 'transactions.stored:r')).toEqual(['transactions.stored:r: is stored, but did not happen']);
  });
});
