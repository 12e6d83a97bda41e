import { DeleteCommand, type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import type { ApprovalWrite, Demand, Reservation } from '../access/index.ts';
import { approvalPuts, giveBack, refuseBeyondLimit, reserve } from '../access/items.ts';
import { newestFirst, overdueIds, sparseIds } from '../aws/listing.ts';
import { batchGet, getItem, queryAll } from '../aws/read.ts';
import {
  groupForTransactions,
  putNewItem,
  type TransactItem,
  transactWrite,
  transactWriteNamed,
} from '../aws/transact.ts';
import { transition } from '../aws/transition.ts';
import {
  type Change,
  type Conditional,
  conditionalUpdate,
  putNew,
  undefinedIfRefused,
  updateParameters,
} from '../aws/update.ts';
import type { Sealer, Secrets } from '../crypto/index.ts';
import type { DomainEvent } from '../events/index.ts';
import { appendToOutbox } from '../events/items.ts';
import type { Item } from '../kernel/codec.ts';
import { invariant } from '../kernel/errors.ts';
import { BATCH_TRANSITIONS, type Batch, type BatchStatus, isScheduled, secondsLate } from './batch.ts';
import { putClaim } from './dynamo-claims.ts';
import { type BatchId, parseBatchId } from './ids.ts';
import {
  ALL_BATCHES,
  amountsItem,
  batchItem,
  batchKey,
  batchOf,
  batchStateOf,
  cancellationItem,
  chunkItem,
  chunkOf,
  duplicatesItem,
  duplicatesKey,
  finalCountsItem,
  payoutItem,
  reservationItem,
  SCHEDULED_BATCHES,
  scheduleIndex,
  sealPayout,
  spentItem,
} from './items.ts';
import type { BatchStore, NewChunk, ReadBatchState, Written } from './ports.ts';

const PARALLEL_TRANSACTIONS = 4;

type Tables = { readonly payouts: string; readonly events: string; readonly access: string };

/** What is written together with a header. `back`: what is given back to the daily limits of a key. */
type Along = {
  readonly events?: readonly DomainEvent[];
  readonly demand?: Demand;
  readonly back?: Reservation | undefined;
};

export function dynamoBatches(client: DynamoDBDocumentClient, tables: Tables, secrets: Secrets): BatchStore {
  const table = tables.payouts;

  const itemsOf = ({ events = [], demand, back }: Along): Record<string, TransactItem> => ({
    ...Object.fromEntries(events.map((event) => [event.type, appendToOutbox(tables.events, event)])),
    ...reserve(tables.access, demand),
    ...giveBack(tables.access, back),
  });

  /** One transaction. @returns the batch that refused its condition @throws AppError LIMIT_EXCEEDED only a limit refused it */
  async function writeWith(batch: TransactItem, along: Along) {
    const written = await transactWriteNamed(client, { batch, ...itemsOf(along) });
    if (written.done) return { done: true } as const;
    if (!written.refused.has('batch')) refuseBeyondLimit(written.refused, along.demand);
    invariant(written.refused.has('batch'), 'what goes with a batch is refused only by a limit, or together with it');
    const found = written.refused.get('batch');
    return found ? ({ done: false, found: batchOf(found) } as const) : ({ done: false } as const);
  }

  /** A conditional update of a header. @returns the batch after it, or the batch that refused the condition */
  async function update(id: BatchId, condition: string, change: Change, along: Along = {}): Promise<Written<Batch>> {
    const write = { table, key: batchKey(id), condition: `attribute_exists(pk) AND ${condition}`, change };
    if (Object.keys(itemsOf(along)).length === 0) return writtenBatch(await conditionalUpdate(client, write));
    const Update = {
      ...updateParameters(write.table, write.key, write.condition, write.change),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };
    const written = await writeWith({ Update }, along);
    if (!written.done) return written;
    const item = await read(id);
    invariant(item, 'a batch is never deleted');
    return { done: true, item };
  }

  async function read(id: BatchId): Promise<Batch | undefined> {
    const item = await getItem(client, table, batchKey(id));
    return item && batchOf(item);
  }

  /** A move of the state machine. */
  function move(
    id: BatchId,
    to: BatchStatus,
    { from, when, ...change }: Change & { from: readonly BatchStatus[]; when?: string },
    along?: Along,
  ): Promise<Written<Batch>> {
    const move = transition(BATCH_TRANSITIONS, to, { from, ...change, ...(when === undefined ? {} : { when }) });
    return update(id, move.condition, move.change, along);
  }

  /** A move in one transaction with a change of its approval, if it has one. @returns false if a condition did not hold */
  async function moveWith(
    { approval, ...along }: Pick<Along, 'events' | 'back'> & { readonly approval?: ApprovalWrite | undefined },
    id: BatchId,
    to: BatchStatus,
    from: Change & { from: readonly BatchStatus[]; when: string },
  ): Promise<boolean> {
    const { condition, change } = transition(BATCH_TRANSITIONS, to, from);
    const written = await transactWrite(client, [
      { Update: updateParameters(table, batchKey(id), condition, change) },
      ...Object.values({ ...(approval ? approvalPuts(approval) : {}), ...itemsOf(along) }),
    ]);
    return written.done;
  }

  const listing = { table, partition: ALL_BATCHES, parseId: parseBatchId, keyOf: batchKey, decode: batchOf };
  const recovered = { gsi2pk: ALL_BATCHES };
  const notRecovered = ['gsi2pk', 'gsi2sk'];
  /** Of a batch that becomes `scheduled`. */
  const scheduled = (batch: Batch, now: number) =>
    batch.startAt === undefined
      ? {}
      : { ...scheduleIndex(batch), scheduled_at: new Date(now).toISOString(), reschedules: 0 };
  const inRun = (run: number) => ({ when: '#run = :current', values: { ':current': run } });

  return {
    async insert(batch, demand) {
      const item = batchItem(batch);
      if (!demand) return writtenBatch(await putNew(client, table, item));
      const written = await writeWith(putNewItem(table, item), { demand });
      return written.done ? { done: true, item: batch } : written;
    },

    async adoptCreation(id, expected, creatorUntil) {
      const adopted = await update(id, '#status = :creating AND creator_until = :expected', {
        set: { creator_until: creatorUntil },
        values: { ':creating': 'creating', ':expected': expected },
      });
      return adopted.done;
    },

    async insertChunks(chunks) {
      const sealer = await secrets.sealer('payouts');
      const groups = groupForTransactions(chunks, itemCountOf);
      const insert = (group: NewChunk[]) => insertGroup(client, table, sealer, group);
      return (await pMap(groups, insert, { concurrency: PARALLEL_TRANSACTIONS })).flat();
    },

    read,

    async readWithChunks(id) {
      const [header, ...chunks] = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: 'pk = :pk', // the header is first: BATCH comes before CHUNK
        ExpressionAttributeValues: { ':pk': batchKey(id).pk },
        ConsistentRead: true,
      });
      return header && { batch: batchOf(header), chunks: chunks.map(chunkOf) };
    },

    list: (page) => newestFirst(client, listing, page),

    listOpen: () => sparseIds<BatchId>(client, table, 'gsi2', ALL_BATCHES),

    listDue: (now) => overdueIds<BatchId>(client, table, SCHEDULED_BATCHES, now),

    markCreated: (stored, now, events) =>
      move(
        stored.id,
        stored.startAt === undefined ? 'created' : 'scheduled',
        {
          from: ['creating'],
          when: 'attribute_not_exists(approval) AND attribute_not_exists(upload)',
          set: { ...totalsAfterStoring(stored), ...scheduled(stored, now) },
          remove: stored.claims && !stored.autoStart ? notRecovered : [],
        },
        { events },
      ),

    markHeld: (stored, event) =>
      move(
        stored.id,
        'held',
        {
          from: ['creating'],
          when: 'attribute_exists(upload)',
          set: totalsAfterStoring(stored),
          remove: stored.claims ? notRecovered : [],
        },
        { events: [event] },
      ),

    release: (id) => move(id, 'created', { from: ['held'] }),

    drop(id, now, released) {
      const set = {
        finished_at: new Date(now).toISOString(),
        ...(released ? { reservation: undefined, ...spentItem(released) } : {}),
      };
      const from = ['creating', 'held'] as const;
      const change = { from, when: 'attribute_exists(upload)', set, remove: notRecovered };
      return move(id, 'rejected', change, { back: released?.back });
    },

    async readMany(ids) {
      return (await batchGet(client, table, ids.map(batchKey))).map(batchOf);
    },

    markAwaiting: (stored, asked, event) =>
      moveWith({ approval: asked, events: [event] }, stored.id, 'awaiting_approval', {
        from: ['creating'],
        when: 'attribute_exists(approval)',
        set: totalsAfterStoring(stored),
        remove: stored.claims ? notRecovered : [],
      }),

    // Always a transaction: if its answer is lost, the SDK repeats it with its token, and no condition refuses the second try.
    beginDiscarding: ({ id, creatorUntil, reservation: back }) =>
      moveWith({ back }, id, 'discarding', {
        from: ['creating'],
        when: 'creator_until = :expected',
        set: { ...recovered, gsi2sk: id, reservation: undefined },
        values: { ':expected': creatorUntil },
      }),

    async remove(id) {
      await client
        .send(
          new DeleteCommand({
            TableName: table,
            Key: batchKey(id),
            ConditionExpression: '#status = :discarding',
            ExpressionAttributeNames: { '#status': 'status' },
            ExpressionAttributeValues: { ':discarding': 'discarding' satisfies BatchStatus },
          }),
        )
        .catch(undefinedIfRefused);
    },

    approve(batch, now, approval, events) {
      const { id, digest, run, autoStart, startAt } = batch;
      return moveWith({ approval, events }, id, startAt === undefined ? 'created' : 'scheduled', {
        from: ['awaiting_approval'],
        when: '#digest = :digest AND #run = :run',
        values: { ':digest': digest, ':run': run },
        set: {
          approved_at: new Date(now).toISOString(),
          ...(autoStart ? { ...recovered, gsi2sk: id } : {}),
          ...scheduled(batch, now),
        },
      });
    },

    reject({ id }, now, approval, event, released) {
      const set = {
        finished_at: new Date(now).toISOString(),
        ...(released ? { reservation: undefined, ...spentItem(released) } : {}),
      };
      const from = ['awaiting_approval'] as const;
      return moveWith({ approval, events: [event], back: released?.back }, id, 'rejected', {
        from,
        when: 'attribute_exists(approval)',
        set,
      });
    },

    reschedule: ({ id, reschedules }, startAt, event) =>
      update(
        id,
        '#status = :scheduled AND #reschedules = :before',
        {
          set: { start_at: startAt, ...scheduleIndex({ id, startAt }) },
          add: { reschedules: 1 },
          values: { ':scheduled': 'scheduled', ':before': reschedules },
        },
        { events: [event] },
      ),

    start(before, now, event) {
      const { id, status, run } = before;
      const started = { dispatched_at: now, started_at: new Date(now).toISOString() };
      const set = { ...recovered, gsi2sk: id, ...started };
      const when = { from: [status], add: { run: 1 }, ...inRun(run) };
      if (!isScheduled(before)) return move(id, 'in_progress', { ...when, set }, { events: [event] });
      return move(
        id,
        'in_progress',
        {
          ...when,
          when: `${when.when} AND #start_at = :due`,
          values: { ...when.values, ':due': before.startAt },
          set: { ...set, started_late_seconds: secondsLate(before, now) },
        },
        { events: [event] },
      );
    },

    beginReopening({ id, status, run }, now, event, reserving) {
      const reserved = reserving && { ...reserving.demand.reservation, paidBefore: reserving.paid };
      const change = {
        set: {
          ...{ ...recovered, gsi2sk: id, dispatched_at: now, reopening: true },
          ...(reserved ? reservationItem({ reservation: reserved }) : {}),
        },
        add: { run: 1 },
        remove: ['finished_at', 'final_counts'],
        ...inRun(run),
      };
      return move(
        id,
        'in_progress',
        { from: [status], ...change },
        { events: [event], ...(reserving ? { demand: reserving.demand } : {}) },
      );
    },

    async endReopening(id, run, reopened) {
      const ended = await update(id, '#run = :run', {
        remove: ['reopening'],
        ...(reopened.length === 0 ? {} : { deleteFromSet: { chunks_done: new Set(reopened) } }),
        values: { ':run': run },
      });
      return existing(ended);
    },

    stop: ({ id, run }, event) => move(id, 'stopping', { from: ['in_progress'], ...inRun(run) }, { events: [event] }),

    markStopped: (id, run, event) =>
      move(id, 'stopped', { from: ['stopping'], remove: notRecovered, ...inRun(run) }, { events: [event] }),

    cancel: ({ id, status, run }, { cancellation, now, event, approval }) =>
      moveWith({ approval, events: [event] }, id, 'cancelling', {
        from: [status],
        set: { ...recovered, gsi2sk: id, dispatched_at: now, ...cancellationItem({ cancellation }) },
        add: { run: 1 },
        ...inRun(run),
      }),

    finish({ id, run, status: from, finalCounts }, status, now, event, released) {
      const change = {
        set: {
          finished_at: new Date(now).toISOString(),
          ...finalCountsItem({ finalCounts }),
          ...(released ? { reservation: undefined, ...spentItem(released) } : {}),
        },
        remove: notRecovered,
        values: { ':run': run },
      };
      const when = '#run = :run AND attribute_not_exists(reopening)';
      return move(id, status, { from: [from], ...change, when }, { events: [event], back: released?.back });
    },

    async markChunkDone(id, chunk) {
      return existing(await update(id, 'attribute_exists(pk)', { add: { chunks_done: new Set([chunk]) } }));
    },
  };
}

/** Reads the attributes that decide whether work may continue. */
export function dynamoBatchState(client: DynamoDBDocumentClient, table: string): ReadBatchState {
  return async (id) => {
    const { Item } = await client.send(
      new GetCommand({
        TableName: table,
        Key: batchKey(id),
        ConsistentRead: true,
        ProjectionExpression: '#status, #run, cancels',
        ExpressionAttributeNames: { '#status': 'status', '#run': 'run' },
      }),
    );
    return Item && batchStateOf({ ...batchKey(id), ...Item });
  };
}

/** What the batch lacks because others have its keys. A chunk without payouts has no work. */
function totalsAfterStoring({ total, amounts, duplicates, chunksDone }: Batch): Item {
  if (duplicates === 0) return {};
  return amountsItem({ total, amounts, duplicates, chunksDone });
}

const itemCountOf = ({ payouts, claims = [], duplicates = [] }: NewChunk) =>
  1 + payouts.length + claims.length + Math.min(duplicates.length, 1);

function itemsOfChunk(
  table: string,
  sealer: Sealer,
  { chunk, payouts, claims = [], duplicates = [] }: NewChunk,
): TransactItem[] {
  const item = { ...duplicatesKey(chunk.batchId, chunk.number), ...duplicatesItem({ duplicates }) };
  return [
    putNewItem(table, chunkItem(chunk)),
    ...claims.map((claim) => putClaim(table, claim)),
    ...payouts.map((payout) => ({ Put: { TableName: table, Item: payoutItem(sealPayout(sealer, payout)) } })),
    ...(duplicates.length === 0 ? [] : [{ Put: { TableName: table, Item: item } }]),
  ];
}

/**
 * The conditions of chunks that are stored already refuse the transaction, and those of keys that others have claimed; the next
 * one has only the other chunks.
 * @returns the chunks with such keys
 */
async function insertGroup(
  client: DynamoDBDocumentClient,
  table: string,
  sealer: Sealer,
  group: NewChunk[],
): Promise<NewChunk[]> {
  const items = group.map((chunk) => itemsOfChunk(table, sealer, chunk));
  const written = await transactWrite(client, items.flat());
  if (written.done) return [];
  const refusals = items.map((own, index) => {
    const first = items.slice(0, index).reduce((sum, { length }) => sum + length, 0);
    if (written.refused.has(first)) return 'stored';
    return own.some((_, at) => written.refused.has(first + at)) ? 'claimed' : undefined;
  });
  const free = group.filter((_, index) => refusals[index] === undefined);
  const claimed = group.filter((_, index) => refusals[index] === 'claimed');
  return free.length === 0 ? claimed : [...claimed, ...(await insertGroup(client, table, sealer, free))];
}

function writtenBatch(written: Conditional): Written<Batch> {
  if (written.done) return { done: true, item: batchOf(written.item) };
  return written.found ? { done: false, found: batchOf(written.found) } : { done: false };
}

/** The current batch, whether or not the condition held. */
function existing(written: Written<Batch>): Batch {
  const batch = written.done ? written.item : written.found;
  invariant(batch, 'a batch is never deleted');
  return batch;
}
