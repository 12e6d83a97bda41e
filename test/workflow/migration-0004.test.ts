import { describe, expect, it } from 'vitest';
import { transactWrite } from '../../lib/aws/transact.ts';
import { positionAt } from '../../lib/events/audit.ts';
import { cloudEvent } from '../../lib/events/cloud-event.ts';
import { nameOf } from '../../lib/events/counts.ts';
import { dynamoAudit } from '../../lib/events/dynamo-audit.ts';
import { dynamoCounters } from '../../lib/events/dynamo-counters.ts';
import { dynamoOutbox } from '../../lib/events/dynamo-outbox.ts';
import type { DomainEvent } from '../../lib/events/event.ts';
import { appendToOutbox, eventOfItem } from '../../lib/events/items.ts';
import type { RelayDeps } from '../../lib/events/ports.ts';
import { readAudit } from '../../lib/events/read-audit.ts';
import { relayEvents } from '../../lib/events/relay-events.ts';
import type { EventType } from '../../lib/events/schemas.ts';
import { sweepOutbox } from '../../lib/events/sweep-outbox.ts';
import { migrationFiles } from '../../scripts/migrate/files.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { Data, type Item, migrateDespiteCrash } from '../support/migrations.ts';
import { recoverAll } from '../support/recovery.ts';

const database = await givenADatabase();
const files = migrationFiles().slice(0, 4);
const TABLES = ['outbox', 'audit', 'metrics', 'events'] as const;
const NOW = Date.now();
const DAY_MS = 24 * 60 * 60 * 1_000;
const daysAgo = (days: number) => new Date(NOW - days * DAY_MS).toISOString();

const event = (type: EventType, fact: string, days: number, data: DomainEvent['data'] = {}): DomainEvent => ({
  ...{ id: `${type}:${fact}`, type, source: '/sluice/wallets', subject: fact.split('.')[0] ?? '', time: daysAgo(days) },
  ...{ requestId: `request-${fact}`, data: { amount: '400', currency: 'IDR', asset: 'ETH', ...data } },
});

/** How version 3 stored events: copies of its code, which no longer exists. */
const waiting = (of: DomainEvent): Item => ({
  ...{ pk: `EVENT#${of.id}`, sk: 'EVENT', gsi1pk: 'WAITING#3', gsi1sk: `${of.time}#${of.id}` },
  event: JSON.stringify(of),
});
const published = (of: DomainEvent): Item => ({
  ...{ pk: `EVENT#${of.id}`, sk: 'EVENT', event: JSON.stringify(of), published_at: of.time },
  expires_at: Math.floor(Date.parse(of.time) / 1_000) + 7 * 24 * 60 * 60,
});
const audited = (of: DomainEvent): Item => {
  const position = `${of.time}#${of.id}`;
  return {
    ...{ pk: `AUDIT#${position.slice(0, 10)}`, sk: position, gsi1pk: `SUBJECT#${of.subject}`, gsi1sk: position },
    event: JSON.stringify(cloudEvent(of)),
  };
};
const marker = ({ id }: DomainEvent): Item => ({
  ...{ pk: `SEEN#${id}`, sk: 'SEEN' },
  expires_at: Math.floor(NOW / 1_000) + 20 * 24 * 60 * 60,
});
const counter = (series: string[], total: number | bigint): Item => ({
  ...{ pk: 'COUNTERS', sk: JSON.stringify(series), total },
});

const E = {
  waits: event('payment.created', 'pay_1', 0),
  waitsUncounted: event('deposit.created', 'dep_1', 0),
  countedButWaits: event('payment.completed', 'pay_1', 0, { latency_ms: 70 }),
  published: event('payment.created', 'pay_2', 1),
  uncounted: event('payment.failed', 'pay_2', 1, { latency_ms: 700, failure_code: 'LATE' }),
  logged: event('withdrawal.failed', 'wdr_1.1', 8, { failure_code: 'BLOCKED' }),
  loggedUncounted: event('withdrawal.retrying', 'wdr_2.1', 10, { reopened: true }),
  loggedLongAgo: event('withdrawal.created', 'wdr_3', 40),
  batch: event('batch.completed', 'batch.1', 2),
  refund: event('refund.created', 'rfd_1', 2),
};
const LARGE = 2n ** 60n + 1n;
const OLD: Readonly<Record<string, readonly Item[]>> = {
  outbox: [
    ...[E.waits, E.waitsUncounted, E.countedButWaits].map(waiting),
    ...[E.published, E.uncounted, E.batch, E.refund].map(published),
  ],
  audit: [E.published, E.uncounted, E.refund, E.logged, E.loggedUncounted, E.loggedLongAgo].map(audited),
  metrics: [
    ...[E.countedButWaits, E.published, E.logged].map(marker),
    ...[counter(['payments', 'created', 'IDR'], 5), counter(['amounts', 'created', 'IDR'], LARGE)],
    ...[counter(['withdrawals', 'failed', 'ETH'], 1), counter(['duration_sums', 'completed'], 70)],
  ],
};
/** The old totals and what the migration has counted. */
const TOTALS = {
  '["payments","created","IDR"]': 5n,
  '["amounts","created","IDR"]': LARGE,
  '["withdrawals","failed","ETH"]': 1n,
  '["duration_sums","completed"]': 70n,
  '["payments","failed","IDR"]': 1n,
  '["amounts","failed","IDR"]': 400n,
  '["failures","LATE"]': 1n,
  '["durations","failed","1.0"]': 1n,
  '["duration_sums","failed"]': 700n,
  '["withdrawals","retrying","ETH"]': 1n,
  '["withdrawals","reopened","ETH"]': 1n,
};

async function given(old = OLD): Promise<Data> {
  const data = await Data.given(database, TABLES);
  for (const [name, items] of Object.entries(old)) await data.putInto(name as (typeof TABLES)[number], ...items);
  await data.runner(files).force(3);
  return data;
}

async function totalsIn(data: Data): Promise<Record<string, bigint>> {
  const counts = await dynamoCounters(data.client, data.table('events')).read();
  return Object.fromEntries(counts.map(({ series, by }) => [nameOf(series), by]));
}

/** All that is stored, without the times at which the migration ran. */
async function contentOf(data: Data) {
  const items = await Promise.all(TABLES.map((name) => data.items(name)));
  const untimed = items.flat().map(({ expires_at: _, kept_since: __, ...item }) => item);
  return untimed.filter((item) => Object.keys(item).length > 2 || item.sk === 'SEEN');
}

const ids = (events: readonly { id: string }[]) => events.map(({ id }) => id).sort();

function relayOf(data: Data): { relay: RelayDeps; received: string[] } {
  const received: string[] = [];
  const relay: RelayDeps = {
    outbox: dynamoOutbox(data.client, data.table('events'), Math.random),
    topic: {
      async publish(events) {
        received.push(...ids(events));
        return { done: events };
      },
    },
    policy: { sweepAfterMs: 0, pageSize: 90 },
    now: () => NOW + 60_000,
  };
  return { relay, received };
}

describe('events, the audit log and the counters', () => {
  it('move to the event store', async () => {
    const data = await given();
    await data.runner(files).up();
    expect(await data.items('outbox')).toEqual([]);
    expect(await data.items('audit')).toEqual([]);
    expect((await data.items('metrics')).every(({ sk }) => sk === 'SEEN')).toBe(true);
    const items = (await data.items('events')).filter(({ pk }) => pk.startsWith('SUBJECT#'));
    const byId = Object.fromEntries(items.map((item) => [eventOfItem(item).id, item]));
    expect(Object.keys(byId).sort()).toEqual(ids(Object.values(E)));
    for (const one of Object.values(E)) expect(eventOfItem(byId[one.id] ?? {})).toEqual(one);
    const waits = items.filter(({ gsi1pk }) => gsi1pk !== undefined).map((item) => eventOfItem(item));
    expect(ids(waits)).toEqual(ids([E.waits, E.waitsUncounted]));
    for (const { gsi1pk, published_at } of items) expect(gsi1pk === undefined).toBe(published_at !== undefined);
    expect(await totalsIn(data)).toEqual(TOTALS);
  });

  it('do not change if they are in the event store already, and the others move', async () => {
    const data = await given();
    await transactWrite(data.client, [appendToOutbox(data.table('events'), E.uncounted)]);
    await data.runner(files).up();
    expect(await data.items('outbox')).toEqual([]);
    expect(await data.items('audit')).toEqual([]);
    const items = (await data.items('events')).filter(({ pk }) => pk.startsWith('SUBJECT#'));
    expect(ids(items.map(eventOfItem))).toEqual(ids(Object.values(E)));
    const waits = items.filter(({ gsi1pk }) => gsi1pk !== undefined).map(eventOfItem);
    expect(ids(waits)).toEqual(ids([E.waits, E.waitsUncounted, E.uncounted]));
    expect(await totalsIn(data)).not.toHaveProperty('["payments","failed","IDR"]');
  });

  it('are readable there: by time, by subject, and as waiting', async () => {
    const data = await given();
    await data.runner(files).up();
    const audit = dynamoAudit(data.client, data.table('events'));
    const [from, to] = [NOW - 20 * DAY_MS, NOW + 1];
    const { items } = await readAudit({ audit, now: () => to }, { from, to, limit: 100 });
    expect(ids(items)).toEqual(ids(Object.values(E).filter((each) => each !== E.loggedLongAgo)));
    expect(await audit.ofSubject('pay_2', { from: positionAt(from), to: positionAt(to) }, 10)).toEqual(
      [E.published, E.uncounted].sort((a, b) => (a.id < b.id ? -1 : 1)).map(cloudEvent),
    );
    const { relay, received } = relayOf(data);
    await recoverAll(sweepOutbox, relay);
    expect(received.sort()).toEqual(ids([E.waits, E.waitsUncounted]));
    expect(await totalsIn(data)).toEqual({
      ...TOTALS,
      '["payments","created","IDR"]': 6n,
      '["amounts","created","IDR"]': LARGE + 400n,
    });
  });

  it('move back, and up again, without being counted again', async () => {
    const data = await given();
    await data.runner(files).up();
    const moved = await contentOf(data);
    await data.runner(files).down();
    expect(await data.items('events')).toEqual(
      (await data.items('events')).filter((item) => Object.keys(item).length === 2),
    );
    const outbox = await data.items('outbox');
    expect(outbox.find(({ pk }) => pk === `EVENT#${E.published.id}`)).toEqual(published(E.published));
    expect(outbox.map(({ pk }) => pk)).toEqual(OLD.outbox?.map(({ pk }) => pk).sort());
    expect(await data.items('audit')).toEqual(
      [...(OLD.audit ?? []), audited(E.countedButWaits)].sort((a, b) =>
        `${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1,
      ),
    );
    const counters = (await data.items('metrics')).filter(({ pk }) => pk === 'COUNTERS');
    expect(Object.fromEntries(counters.map(({ sk, total }) => [sk, BigInt(total as number)]))).toEqual(TOTALS);
    await data.runner(files).up();
    const again = await contentOf(data);
    const isEvent = ({ pk }: Record<string, unknown>) => `${pk}`.startsWith('SUBJECT#');
    expect(again.filter(isEvent)).toEqual(moved.filter(isEvent));
    expect(await totalsIn(data)).toEqual(TOTALS);
  });

  it('are all found, page by page', async () => {
    const many = Array.from({ length: 450 }, (_, index) => event('payment.created', `pay_${index}`, 1));
    const data = await given({ outbox: many.map(published), metrics: many.slice(0, 300).map(marker) });
    const seen: number[] = [];
    await data.runner(files, { progress: (_migration, done) => void seen.push(done) }).up();
    expect(seen.at(-1)).toBe(450);
    expect(seen.length).toBeGreaterThan(2);
    expect(await totalsIn(data)).toMatchObject({ '["payments","created","IDR"]': 150n });
  });

  it('are right also when the service writes and publishes during the migration', { timeout: 30_000 }, async () => {
    const old = Array.from({ length: 120 }, (_, index) => event('payment.created', `pay_${index}`, 1));
    const data = await given({ outbox: old.map(waiting) });
    const { relay } = relayOf(data);
    let isDone = false;
    const traffic = (async () => {
      const made: DomainEvent[] = [];
      while (!isDone) {
        const one = event('payment.created', `new_${made.length}`, 0);
        await transactWrite(data.client, [appendToOutbox(data.table('events'), one)]);
        made.push(one);
        await relayEvents(relay, [one]);
        await recoverAll(sweepOutbox, relay);
      }
      return made.length;
    })();
    await data.runner(files).up();
    isDone = true;
    const made = await traffic;
    await recoverAll(sweepOutbox, relay);
    expect(await relay.outbox.backlog()).toMatchObject({ waiting: 0 });
    expect(await totalsIn(data)).toMatchObject({ '["payments","created","IDR"]': BigInt(old.length + made) });
  });
});

const FEW = {
  outbox: [waiting(E.waits), waiting(E.countedButWaits), published(E.uncounted)],
  audit: [audited(E.uncounted)],
  metrics: [marker(E.countedButWaits), ...(OLD.metrics?.slice(-2) ?? [])],
};

for (const way of ['up', 'down'] as const) {
  await crashMatrix(`a migration of events ${way}`, {
    async play(plan) {
      const data = await given(FEW);
      if (way === 'down') await data.runner(files).up();
      await migrateDespiteCrash(data, files, way, plan);
      return data;
    },
    judge: async (data, undisturbed) => {
      expect(await contentOf(data)).toEqual(await contentOf(undisturbed));
      if (way === 'up') expect(await totalsIn(data)).toMatchObject({ '["payments","failed","IDR"]': 1n });
    },
  });
}
