import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ApprovalWrite, Demand, Reservation } from '../access/index.ts';
import { approvalPuts, giveBack, refuseBeyondLimit, reserve } from '../access/items.ts';
import { getItem } from '../aws/read.ts';
import { putNewItem, type TransactItem, transactWrite, transactWriteNamed } from '../aws/transact.ts';
import { transition } from '../aws/transition.ts';
import { type Change, type Conditional, conditionalUpdate, putNew, updateParameters } from '../aws/update.ts';
import type { DomainEvent } from '../events/index.ts';
import { appendToOutbox } from '../events/items.ts';
import { whileRunning } from '../imports/items.ts';
import { AppError, invariant } from '../kernel/errors.ts';
import { BATCH_TRANSITIONS, type Batch, type BatchStatus, type Released } from './batch.ts';
import type { Written } from './batch-store.ts';
import { ALL_BATCHES, batchItem, batchOf, scheduleIndex, spentItem } from './dynamo-batch-items.ts';
import type { BatchId } from './ids.ts';
import { batchKey } from './items.ts';

/** `imports` has the uploads. */
export type Tables = Readonly<Record<'payouts' | 'events' | 'access' | 'imports', string>>;

/** What is written together with a header. `back`: what is given back to the daily limits of a key. */
export type ExtraWrites = {
  readonly events?: readonly DomainEvent[];
  readonly demand?: Demand | undefined;
  readonly back?: Reservation | undefined;
  /** The upload that must still be stored: later nothing would drop the batch. */
  readonly upload?: string | undefined;
};

/** In the index of those that may need recovery. */
export const recovered = (id: BatchId) => ({ gsi2pk: ALL_BATCHES, gsi2sk: id });
export const NOT_RECOVERED = ['gsi2pk', 'gsi2sk'];

/** The attributes of a batch that becomes `scheduled`. */
export const scheduled = (batch: Batch, now: number) =>
  batch.startAt === undefined
    ? {}
    : { ...scheduleIndex(batch), scheduled_at: new Date(now).toISOString(), reschedules: 0 };

/** The end of a batch, together with the release of its amounts from the daily limits. */
export const ended = (now: number, released?: Released) => ({
  finished_at: new Date(now).toISOString(),
  ...(released ? { reservation: undefined, ...spentItem(released) } : {}),
});

export type BatchHeaders = ReturnType<typeof batchHeaders>;

/** Reads and conditional writes of the header of a batch, each with what is written together with it. */
export function batchHeaders(client: DynamoDBDocumentClient, tables: Tables) {
  const table = tables.payouts;

  async function insert(batch: Batch, demand?: Demand): Promise<Written<Batch>> {
    const item = batchItem(batch);
    const { upload } = batch;
    if (!demand && !upload) return writtenBatch(await putNew(client, table, item));
    const written = await writeWith(putNewItem(table, item), { demand, upload });
    return written.done ? { done: true, item: batch } : written;
  }

  const itemsOf = ({ events = [], demand, back, upload }: ExtraWrites): Record<string, TransactItem> => ({
    ...Object.fromEntries(events.map((event) => [event.type, appendToOutbox(tables.events, event)])),
    ...reserve(tables.access, demand),
    ...giveBack(tables.access, back),
    ...(upload ? { upload: whileRunning(tables.imports, upload) } : {}),
  });

  /**
   * One transaction.
   * @returns the batch that refused its condition
   * @throws AppError LIMIT_EXCEEDED only a limit refused it; INVALID_STATE its upload did
   */
  async function writeWith(batch: TransactItem, extra: ExtraWrites) {
    const written = await transactWriteNamed<string>(client, { batch, ...itemsOf(extra) });
    if (written.done) return { done: true } as const;
    if (!written.refused.has('batch')) {
      if (written.refused.has('upload')) throw new AppError('INVALID_STATE', { message: 'Its upload has ended.' });
      refuseBeyondLimit(written.refused, extra.demand);
    }
    invariant(written.refused.has('batch'), 'what goes with a batch is refused only by a limit, or together with it');
    const found = written.refused.get('batch');
    return found ? ({ done: false, found: batchOf(found) } as const) : ({ done: false } as const);
  }

  /** A conditional update of a header. @returns the batch after it, or the batch that refused the condition */
  async function update(
    id: BatchId,
    condition: string,
    change: Change,
    extra: ExtraWrites = {},
  ): Promise<Written<Batch>> {
    const write = { table, key: batchKey(id), condition: `attribute_exists(pk) AND ${condition}`, change };
    if (Object.keys(itemsOf(extra)).length === 0) return writtenBatch(await conditionalUpdate(client, write));
    const Update = {
      ...updateParameters(write.table, write.key, write.condition, write.change),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };
    const written = await writeWith({ Update }, extra);
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
    extra?: ExtraWrites,
  ): Promise<Written<Batch>> {
    const move = transition(BATCH_TRANSITIONS, to, { from, ...change, ...(when === undefined ? {} : { when }) });
    return update(id, move.condition, move.change, extra);
  }

  /** A move in one transaction with a change of its approval, if it has one. @returns false if a condition did not hold */
  async function moveWith(
    { approval, ...extra }: Pick<ExtraWrites, 'events' | 'back'> & { readonly approval?: ApprovalWrite | undefined },
    id: BatchId,
    to: BatchStatus,
    from: Change & { from: readonly BatchStatus[]; when: string },
  ): Promise<boolean> {
    const { condition, change } = transition(BATCH_TRANSITIONS, to, from);
    const written = await transactWrite(client, [
      { Update: updateParameters(table, batchKey(id), condition, change) },
      ...Object.values({ ...(approval ? approvalPuts(approval) : {}), ...itemsOf(extra) }),
    ]);
    return written.done;
  }

  return { insert, read, update, move, moveWith };
}

function writtenBatch(written: Conditional): Written<Batch> {
  if (written.done) return { done: true, item: batchOf(written.item) };
  return written.found ? { done: false, found: batchOf(written.found) } : { done: false };
}
