import { createHash } from 'node:crypto';
import { DeleteCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { chunk, partition } from 'es-toolkit';
import pMap from 'p-map';
import { batchGet, queryAll } from '../lib/aws/read.ts';
import { groupForTransactions, type TransactItem, transactWrite } from '../lib/aws/transact.ts';
import type { Migration, MigrationContext } from '../scripts/migrate/migration.ts';

/*
 * In the version before, an event was in the table `outbox` until a week after its publication, and the published events of
 * payments, refunds and withdrawals were in the table `audit` too. The table `metrics` had the counters, and for 30 days a marker
 * `SEEN#<id>` of each counted event. Now the table `events` has all of it, and the relay counts an event when it marks it as
 * published.
 *
 * up:   moves events and counters. A waiting event stays waiting, so it is published later. But if it has a marker, it was
 *       published and counted, so it is moved as published. A published event without a marker was not counted: the migration
 *       counts it. The markers stay, until they expire.
 * down: moves everything back. A published event gets a marker again, so that neither the older code nor another `up` counts it.
 *       The older table has no place for a published event that is not logged and older than a week: it stays in the outbox.
 *
 * Each event and each counter moves within one transaction, so it is always in exactly one place.
 */
type Item = Record<string, unknown> & { readonly pk: string; readonly sk: string };
type Event = {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
  readonly requestId?: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
};

const PARALLEL_WRITES = 8;
const PAGE_SIZE = 200;
/** A pass finds what another one could not move because the service changed it at this moment. */
const PASSES = 5;
const KEYS_PER_CALL = 100;
const SERIES_AT_ONCE = 50;
const DAY_MS = 24 * 60 * 60 * 1_000;
const OUTBOX_KEPT_DAYS = 7;
const MARKERS_KEPT_DAYS = 30;
/** A message was at most 14 days in the queue and 14 days in the dead-letter queue. After that its event counts as counted. */
const UNCOUNTED_FOR_DAYS = 29;
const AUDITED = /^(payment|refund|withdrawal)\./;
const EVENT = /^(EVENT|AUDIT|SUBJECT)#/;
const COUNTERS = /^COUNTERS#/;
const COUNTED = /^(payment|withdrawal)\./;

const RECORD = { pk: 'MIGRATION#EVENT-STORE', sk: 'MIGRATION' };

export const up: Migration['up'] = async (context) => {
  const { client, table } = context;
  const now = Date.now();
  // Only events of these types were kept for longer. `npm run verify` reads it.
  const Item = { ...RECORD, kept_since: new Date(now - OUTBOX_KEPT_DAYS * DAY_MS).toISOString() };
  await transactWrite(client, [
    { Put: { TableName: table('events'), Item, ConditionExpression: 'attribute_not_exists(pk)' } },
  ]);
  for (const source of ['outbox', 'audit']) {
    await moveAll(context, source, async (items) => {
      const seen = await markersOf(context, items.map(eventIn));
      return items.map((item) => moveUp(context, source, item, { now, isSeen: seen.has(eventIn(item).id) }));
    });
  }
  for (const counter of await itemsIn(context, 'metrics', 'COUNTERS')) await moveCounter(context, counter);
};

export const down: Migration['down'] = async (context) => {
  const { client, table } = context;
  const now = Date.now();
  await moveAll(context, 'events', async (items) => items.map((item) => moveDown(context, item, now)));
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table('events'), ConsistentRead: true })) {
    for (const { pk, sk, ...totals } of (Items as Item[]).filter(({ pk }) => COUNTERS.test(pk))) {
      for (const some of chunk(Object.entries(totals), SERIES_AT_ONCE)) await moveCounters(context, { pk, sk }, some);
    }
  }
  await client.send(new DeleteCommand({ TableName: table('events'), Key: RECORD }));
};

/**
 * The writes that move one event. Moves share a transaction, except those that count: two writes of a transaction may not go to
 * the same item. `ifKnown`: the writes if the first one is refused because the event has been moved.
 */
type Move = {
  readonly items: readonly TransactItem[];
  readonly counts?: boolean;
  readonly ifKnown?: readonly TransactItem[];
};

/** Moves all events of a table, page by page. */
async function moveAll(
  { client, table, progress }: MigrationContext,
  name: string,
  movesOf: (items: readonly Item[]) => Promise<Move[]>,
): Promise<void> {
  let done = 0;
  for (let pass = 0, found = 1; pass < PASSES && found > 0; pass += 1) {
    found = 0;
    const pages = paginateScan({ client, pageSize: PAGE_SIZE }, { TableName: table(name), ConsistentRead: true });
    for await (const { Items = [] } of pages) {
      const items = (Items as Item[]).filter(({ pk }) => EVENT.test(pk));
      if (items.length === 0) continue;
      const [counting, others] = partition(await movesOf(items), ({ counts = false }) => counts);
      const groups = groupForTransactions(others, (move) => move.items.length);
      await pMap([...groups, ...counting.map((move) => [move])], (moves) => write(client, moves), {
        concurrency: PARALLEL_WRITES,
      });
      found += items.length;
      done += items.length;
      progress(done);
    }
  }
}

/** If a transaction of several moves is refused, each is tried alone. What is refused then is left to the next pass. */
async function write(client: MigrationContext['client'], moves: readonly Move[]): Promise<void> {
  const written = await transactWrite(
    client,
    moves.flatMap(({ items }) => items),
  );
  const [only, ...others] = moves;
  if (written.done || !only) return;
  if (others.length > 0) for (const move of moves) await write(client, [move]);
  else if (only.ifKnown && written.refused.has(0)) await transactWrite(client, [...only.ifKnown]);
}

function moveUp(
  { table }: MigrationContext,
  source: string,
  item: Item,
  { now, isSeen }: { now: number; isSeen: boolean },
): Move {
  const event = eventIn(item);
  const waits = item.gsi1pk !== undefined && source === 'outbox';
  const isRecent = Date.parse(event.time) > now - UNCOUNTED_FOR_DAYS * DAY_MS;
  const published = waits && !isSeen ? {} : { published_at: item.published_at ?? event.time };
  const counts = 'published_at' in published && COUNTED.test(event.type) && !isSeen && isRecent;
  const remove = (name: string, Key: Pick<Item, 'pk' | 'sk'>): TransactItem => ({
    Delete: { TableName: table(name), Key },
  });
  const { pk, sk } = auditItem(event);
  return {
    items: [
      putNew(table('events'), newItem(event, published)),
      deleteUnchanged(table(source), item),
      ...(source === 'outbox' ? [remove('audit', { pk, sk })] : []),
      ...(counts ? [countIn(table('events'), event)] : []),
    ],
    counts,
    ifKnown: [remove(source, { pk: item.pk, sk: item.sk })],
  };
}

function moveDown({ table }: MigrationContext, item: Item, now: number): Move {
  const event = eventIn(item);
  const { id, type, time } = event;
  const publishedAt = item.published_at as string | undefined;
  const items: TransactItem[] = [deleteUnchanged(table('events'), item)];
  const put = (name: string, Item: Item) => items.push({ Put: { TableName: table(name), Item } });
  const outbox = { pk: `EVENT#${id}`, sk: 'EVENT', event: JSON.stringify(event) };
  if (publishedAt === undefined) {
    const gsi1pk = `WAITING#${digestOf(id).readUInt8() % 8}`;
    put('outbox', { ...outbox, gsi1pk, gsi1sk: `${time}#${id}` });
    return { items };
  }
  const expiresAt = Math.floor(Date.parse(publishedAt) / 1_000) + (OUTBOX_KEPT_DAYS * DAY_MS) / 1_000;
  const published = { ...outbox, published_at: publishedAt };
  if (expiresAt * 1_000 > now) put('outbox', { ...published, expires_at: expiresAt });
  else if (!AUDITED.test(type)) put('outbox', published);
  if (AUDITED.test(type)) put('audit', auditItem(event));
  if (COUNTED.test(type) && Date.parse(time) > now - MARKERS_KEPT_DAYS * DAY_MS) {
    items.push({
      Update: {
        TableName: table('metrics'),
        Key: { pk: `SEEN#${id}`, sk: 'SEEN' },
        UpdateExpression: 'SET expires_at = if_not_exists(expires_at, :at)',
        ExpressionAttributeValues: { ':at': Math.floor((now + MARKERS_KEPT_DAYS * DAY_MS) / 1_000) },
      },
    });
  }
  return { items };
}

async function moveCounter({ client, table }: MigrationContext, { pk, sk, total }: Item): Promise<void> {
  await transactWrite(client, [
    add(table('events'), { pk: 'COUNTERS#0', sk: 'earlier#0' }, { [sk]: total }),
    {
      Delete: {
        TableName: table('metrics'),
        Key: { pk, sk },
        ConditionExpression: 'attribute_exists(pk)',
      },
    },
  ]);
}

/** If the relay adds to them at this moment, reads them again. */
async function moveCounters(
  context: MigrationContext,
  key: Pick<Item, 'pk' | 'sk'>,
  totals: readonly [string, unknown][],
): Promise<void> {
  const { client, table } = context;
  const names = Object.fromEntries(totals.map(([name], index) => [`#c${index}`, name]));
  const each = (write: (index: number) => string) => totals.map((_, index) => write(index));
  const { done } = await transactWrite(client, [
    {
      Update: {
        TableName: table('events'),
        Key: key,
        UpdateExpression: `REMOVE ${each((index) => `#c${index}`).join(', ')}`,
        ConditionExpression: each((index) => `#c${index} = :c${index}`).join(' AND '),
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: Object.fromEntries(totals.map(([, total], index) => [`:c${index}`, total])),
      },
    },
    ...totals.map(([name, total]) => add(table('metrics'), { pk: 'COUNTERS', sk: name }, { total })),
  ]);
  if (done) return;
  const items = await itemsIn(context, 'events', key.pk);
  const { pk: _, sk: __, ...again } = items.find(({ sk }) => sk === key.sk) ?? key;
  const wanted = Object.entries(again).filter(([name]) => totals.some(([each]) => each === name));
  if (wanted.length > 0) await moveCounters(context, key, wanted);
}

/** An event of the outbox, of the audit log (which has CloudEvents) or of the new table. */
function eventIn(item: Item): Event {
  if (item.event === undefined) {
    const at = item.sk.indexOf('#');
    return {
      id: item.sk.slice(at + 1),
      type: item.type as string,
      source: item.source as string,
      subject: item.pk.slice('SUBJECT#'.length),
      time: item.sk.slice(0, at),
      requestId: item.request_id as string | undefined,
      data: JSON.parse(item.data as string),
    };
  }
  const { id, type, source, subject, time, data, requestId, requestid } = JSON.parse(item.event as string);
  return { id, type, source, subject, time, requestId: requestId ?? requestid, data };
}

const digestOf = (id: string) => createHash('sha256').update(id).digest();
const positionOf = ({ time, id }: Event) => `${new Date(time).toISOString()}#${id}`;

function newItem(event: Event, published: { readonly published_at?: unknown }): Item {
  const { id, type, source, subject, requestId, data } = event;
  const position = positionOf(event);
  const digest = digestOf(id).readUInt16BE();
  return {
    pk: `SUBJECT#${subject}`,
    sk: position,
    type,
    source,
    ...(requestId === undefined ? {} : { request_id: requestId }),
    data: JSON.stringify(data),
    ...('published_at' in published ? published : { gsi1pk: `WAITING#${digest % 64}` }),
    gsi2pk: `DAY#${position.slice(0, 10)}#${digest % 32}`,
  };
}

function auditItem(event: Event): Item {
  const { id, type, source, subject, time, requestId, data } = event;
  const position = positionOf(event);
  const envelope = { specversion: '1.0', id, source, type, subject, time, datacontenttype: 'application/json' };
  return {
    pk: `AUDIT#${position.slice(0, 10)}`,
    sk: position,
    gsi1pk: `SUBJECT#${subject}`,
    gsi1sk: position,
    event: JSON.stringify({ ...envelope, ...(requestId === undefined ? {} : { requestid: requestId }), data }),
  };
}

const putNew = (TableName: string, Item: Item): TransactItem => ({
  Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' },
});

/** A relay may mark the event meanwhile. */
const deleteUnchanged = (TableName: string, { pk, sk, gsi1pk }: Item): TransactItem => ({
  Delete: {
    TableName,
    Key: { pk, sk },
    ConditionExpression: `attribute_exists(pk) AND ${gsi1pk === undefined ? 'attribute_not_exists' : 'attribute_exists'}(gsi1pk)`,
  },
});

function add(TableName: string, Key: Pick<Item, 'pk' | 'sk'>, totals: Readonly<Record<string, unknown>>): TransactItem {
  const entries = Object.entries(totals);
  return {
    Update: {
      TableName,
      Key,
      UpdateExpression: `ADD ${entries.map((_, index) => `#c${index} :c${index}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(entries.map(([name], index) => [`#c${index}`, name])),
      ExpressionAttributeValues: Object.fromEntries(entries.map(([, total], index) => [`:c${index}`, total])),
    },
  };
}

/** What the relay adds for an event. */
function countIn(table: string, { id, type, data }: Event): TransactItem {
  const [kind, outcome = ''] = type.split('.');
  const { amount, currency, asset, failure_code: code, latency_ms: latency, reopened } = data;
  const totals: [string[], bigint][] =
    kind === 'payment'
      ? [
          [['payments', outcome, `${currency}`], 1n],
          [['amounts', outcome, `${currency}`], BigInt(`${amount}`)],
          ...(code === undefined ? [] : [[['failures', `${code}`], 1n] as [string[], bigint]]),
          ...(typeof latency !== 'number'
            ? []
            : ([
                [['durations', outcome, bucketOf(latency)], 1n],
                [['duration_sums', outcome], BigInt(latency)],
              ] as [string[], bigint][])),
        ]
      : [
          [['withdrawals', outcome, `${asset}`], 1n],
          ...(reopened === true ? [[['withdrawals', 'reopened', `${asset}`], 1n] as [string[], bigint]] : []),
          ...(outcome === 'failed' && code !== undefined
            ? [[['withdrawal_failures', `${code}`], 1n] as [string[], bigint]]
            : []),
        ];
  const shard = digestOf(id).readUInt16BE() % 64;
  const key = { pk: `COUNTERS#${shard % 16}`, sk: `${kind === 'payment' ? currency : asset}#${shard}` };
  return add(table, key, Object.fromEntries(totals.map(([series, by]) => [JSON.stringify(series), by])));
}

const BUCKETS = ['0.1', '0.25', '0.5', '1.0', '2.5', '5.0', '10.0', '30.0', '60.0'];
const bucketOf = (latency: number) => BUCKETS.find((bound) => latency <= Number(bound) * 1_000) ?? '+Inf';

/** The ids of the events that have a marker. */
async function markersOf({ client, table }: MigrationContext, events: readonly Event[]): Promise<Set<string>> {
  const counted = events.filter(({ type }) => COUNTED.test(type));
  const keys = counted.map(({ id }) => ({ pk: `SEEN#${id}`, sk: 'SEEN' }));
  const found = await Promise.all(chunk(keys, KEYS_PER_CALL).map((some) => batchGet(client, table('metrics'), some)));
  return new Set(found.flat().map(({ pk }) => `${pk}`.slice('SEEN#'.length)));
}

async function itemsIn({ client, table }: MigrationContext, name: string, partition: string): Promise<Item[]> {
  const items = await queryAll(client, {
    TableName: table(name),
    KeyConditionExpression: 'pk = :partition',
    ExpressionAttributeValues: { ':partition': partition },
    ConsistentRead: true,
  });
  return items as Item[];
}
