import { pick } from 'es-toolkit';
import { expect } from 'vitest';
import type { DomainEvent } from '../../lib/events/event.ts';
import { AppError, invariant } from '../../lib/kernel/errors.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import { type Batch, finalStatus, isFinished } from '../../lib/payouts/batch.ts';
import type { BatchRequest } from '../../lib/payouts/batch-request.ts';
import { cancelBatch } from '../../lib/payouts/cancel-batch.ts';
import { cancelPayout } from '../../lib/payouts/cancel-payout.ts';
import { type ChunkTotals, endedOf, isOpen, totalsOf } from '../../lib/payouts/chunk.ts';
import { type Created, createBatch } from '../../lib/payouts/create-batch.ts';
import { type BatchId, payoutId } from '../../lib/payouts/ids.ts';
import { lookUpPayout } from '../../lib/payouts/look-up-payout.ts';
import type { GivenBackNotice } from '../../lib/payouts/notification-request.ts';
import { payChunk } from '../../lib/payouts/pay-chunk.ts';
import type { Instruction, PayoutStatus } from '../../lib/payouts/payout.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import { type BatchWithChunks, readAllPayouts, readBatch, type ShownPayout } from '../../lib/payouts/read-batches.ts';
import { type NotificationResult, receiveReturn } from '../../lib/payouts/receive-return.ts';
import { redriveBatch } from '../../lib/payouts/redrive-batch.ts';
import { reopenFailures, retryFailed } from '../../lib/payouts/retry-failed.ts';
import { scheduleBatch } from '../../lib/payouts/schedule-batch.ts';
import { startBatch } from '../../lib/payouts/start-batch.ts';
import { stopBatch } from '../../lib/payouts/stop-batch.ts';
import type { Moment } from './crash.ts';
import type { Database } from './database.ts';
import { World, type WorldOptions } from './world.ts';

/** Worlds have their own tables and banks, so batches can share an id. References and the bank's draws then repeat. */
export const BATCH = 'b' as BatchId;

/** Why clients cancel. */
export const REASON = 'sent by mistake';

/** How long recovery may take after a crash, in virtual time. */
export const PATIENCE_MS = 5 * 60_000;

/** Settings: pauses before retries for which a worker does not keep its lease. */
export const LONG_PAUSES = { PAYOUT_RETRY_BASE_DELAY_MS: 60_000 };

export function requestFor(payouts: number, changes: Partial<BatchRequest> = {}): BatchRequest {
  const instructions = Array.from(
    { length: payouts },
    (_, index): Instruction => ({
      externalId: `vendor-${index + 1}`,
      payee: { id: `vendor-${index + 1}`, name: `Vendor ${index + 1}` },
      money: { minor: BigInt(100_000 + index), currency: 'IDR' as Currency },
      destination: { type: 'bank_account', bankAccount: `10020030${index}`, bankName: 'Bank Mandiri' },
      transactionIds: [],
    }),
  );
  return { batchId: BATCH, autoStart: true, instructions, ...changes };
}

/** Lets virtual time pass. Nothing happens before the last two minutes of it. */
export async function pass(world: Pick<World, 'clock'>, ms: number): Promise<void> {
  world.clock.jump(Math.max(0, ms - 120_000));
  await world.clock.sleep(Math.min(ms, 120_000));
}

/** Runs a test in a world of its own, beside workers and recovery. */
export async function inWorld(
  database: Database,
  options: WorldOptions,
  test: (world: World, client: Client) => Promise<void>,
): Promise<void> {
  const world = await World.open(database, options);
  return world.during(() => world.play(() => test(world, new Client(world))));
}

/** A client of the API that repeats a request whose process died. */
export class Client {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  create(request: BatchRequest): Promise<Created | AppError> {
    return this.insist('create', (deps) => createBatch(deps, request, undefined));
  }

  start(id: BatchId = BATCH): Promise<Batch | AppError> {
    return this.insist('start', (deps) => startBatch(deps, id));
  }

  stop(id: BatchId = BATCH): Promise<Batch | AppError> {
    return this.insist('stop', (deps) => stopBatch(deps, id));
  }

  schedule(startAt: string, id: BatchId = BATCH): Promise<Batch | AppError> {
    return this.insist('schedule', (deps) => scheduleBatch(deps, id, startAt));
  }

  cancel(id: BatchId = BATCH): Promise<BatchWithChunks | AppError> {
    return this.insist('cancel', (deps) => cancelBatch(deps, id, REASON));
  }

  cancelPayout(chunk: number, position: number): Promise<ShownPayout | AppError> {
    const id = payoutId({ batchId: BATCH, chunk, position });
    return this.insist('cancel', (deps) => cancelPayout(deps, id, REASON));
  }

  retryFailed(...codes: string[]): Promise<{ batch: Batch; reopened: number } | AppError> {
    const only = codes.length > 0 ? new Set(codes) : undefined;
    return this.insist('retry-failed', (deps) => retryFailed(deps, BATCH, only));
  }

  lookUp(chunk: number, position: number): Promise<{ dueAt: number } | AppError> {
    const id = payoutId({ batchId: BATCH, chunk, position });
    return this.insist('look-up', (deps) => lookUpPayout(deps, id));
  }

  /** The rail, which repeats a notification until it is stored. */
  notify(notice: GivenBackNotice, id = 'RETURN-1'): Promise<NotificationResult | AppError> {
    return this.insist('notify', (deps) => receiveReturn(deps, id, notice));
  }

  redrive(id: BatchId = BATCH): Promise<number[] | AppError> {
    return this.insist('redrive', (deps) => redriveBatch(deps, id));
  }

  /** Repeats a request until there is an answer. An AppError is an answer. */
  async insist<Result>(role: string, request: (deps: PayoutDeps) => Promise<Result>): Promise<Result | AppError> {
    const { clock } = this.#world;
    for (;;) {
      const run = await this.#world.process(role).run(request);
      if (run.kind === 'returned') return run.value;
      if (run.kind === 'died') await clock.sleep(1_000);
      else if (!(run.error instanceof AppError)) throw run.error;
      else if (run.error.code !== 'REQUEST_IN_PROGRESS') return run.error;
      else await clock.sleep((run.error.retryAfter ?? 1) * 1_000);
    }
  }
}

type Listed = { readonly payout_id: string }[];

/** The batch does not show them. */
const NOT_SHOWN = /^(batch\.(dead_lettered|redriven)|approval\.\w+|payout\.\w+):/;

/** Awaits that change nothing that is stored about a batch. */
const CHANGES_NOTHING = /^(read|list|look|send|queue|sleep|hmac|throughput)/;

/**
 * From now on adds up the counts before each write of any process, so that it sees every state. It records each change of
 * the batch's status.
 * @returns a function that asserts that each of these changes has its event, and that there is no other event
 */
export function watch(world: World, id: BatchId = BATCH): () => Promise<void> {
  const expected = new Set<string>();
  let last: { readonly run: number; readonly status?: Batch['status'] } = { run: 0 };
  const look = async () => {
    const { status, run = 0, scheduledAt, reschedules = 0, approvedAt } = (await expectCountsAddUp(world, id)) ?? {};
    if (status === undefined || status === 'creating') return;
    expected.add(`batch.created:${id}`);
    if (approvedAt !== undefined) expected.add(`batch.approved:${id}`);
    if (scheduledAt !== undefined) expected.add(`batch.scheduled:${id}`);
    if (reschedules > 0) expected.add(`batch.rescheduled:${id}:${reschedules}`);
    const isRetried = last.status !== undefined && isFinished(last.status);
    const began = status === 'cancelling' ? 'cancel_requested' : isRetried ? 'retried' : 'started';
    if (run > last.run) expected.add(`batch.${began}:${id}:${run}`);
    last = { run, status };
    if (status === 'stopping' || status === 'stopped') expected.add(`batch.stop_requested:${id}:${run}`);
    if (status === 'stopped') expected.add(`batch.stopped:${id}:${run}`);
    if (isFinished(status)) expected.add(`batch.completed:${id}:${run}`);
  };
  world.observers.push(async (what) => {
    if (!CHANGES_NOTHING.test(what)) await look();
  });
  return async () => {
    await look();
    const events = await world.events();
    const ids = events.map((event) => event.id).filter((event) => !NOT_SHOWN.test(event));
    expect(ids).toEqual([...expected].sort());
    const { batch, counts, payouts } = await readAllPayouts(world.deps, id);
    for (const status of ['failed', 'cancelled', 'returned'] as const) {
      const listed = events
        .filter(({ type }) => type === `payout.${status}`)
        .flatMap(({ data }) => data.payouts as Listed);
      const named = new Set(listed.map(({ payout_id: name }) => name));
      expect(payouts.filter((each) => each.status === status && !named.has(each.payout.id))).toEqual([]);
    }
    expect(events.find((event) => event.id === `batch.completed:${id}:${batch.run}`)).toMatchObject({
      subject: id,
      data: {
        status: batch.status,
        total_count: batch.total,
        completed_count: counts.completed,
        failed_count: counts.failed,
        cancelled_count: counts.cancelled,
      },
    });
  };
}

/** The payouts that events name as cancelled. */
export function cancelledIn(events: readonly DomainEvent[]): string[] {
  const data = events.flatMap((event) => (event.type === 'payout.cancelled' ? [event.data] : []));
  return data.flatMap(({ payouts }) => (payouts as { payout_id: string }[]).map((each) => each.payout_id)).sort();
}

/** Runs `act` before the first await with this name, of any process. */
export function once(world: Pick<World, 'observers' | 'interrupt'>, what: string, act: () => Promise<unknown>): void {
  let isDone = false;
  world.observers.push(async (next) => {
    if (isDone || next !== what) return;
    isDone = true;
    world.interrupt();
    await act();
  });
}

/** Takes the next message from the queue for a worker that dies. */
export function workUntil(world: World, moment: Moment, what: string): Promise<void> {
  const delivery = world.queue.receive();
  invariant(delivery, 'there is a message to take');
  return world.dieAt(moment, what, (deps) => payChunk(deps, delivery.message, delivery));
}

/**
 * A batch of one chunk, of which all payouts have failed, and whose retry-failed has begun and re-opened nothing yet.
 * @returns what re-opens them, in the run of that retry
 */
export async function givenASlowRetry(world: World, client: Client): Promise<() => Promise<unknown>> {
  await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
  await client.create(requestFor(3));
  await finish(world);
  await world.setBank({ mode: 'happy' });
  await world.dieAt('before', 'reopen 1', (deps) => retryFailed(deps, BATCH));
  const batch = await world.deps.batches.read(BATCH);
  invariant(batch?.reopening, 'the retry has begun');
  return () => reopenFailures(world.deps, batch);
}

/** Delivers the next message to a worker that does not die. */
export async function workOnce(world: World): Promise<void> {
  const delivery = world.queue.receive();
  invariant(delivery, 'there is a message to take');
  const run = await world.handle(delivery);
  if (run.kind === 'threw') throw run.error;
}

/** @returns the batch, unless there is none yet */
export async function expectCountsAddUp(world: World, id: BatchId = BATCH): Promise<Batch | undefined> {
  const read = await readBatch(world.deps, id).catch((error: AppError) => {
    if (error.code !== 'NOT_FOUND') throw error;
  });
  if (!read) return undefined;
  const { batch, counts } = read;
  const sum = Object.values(counts).reduce((total, count) => total + count, 0);
  if (sum !== batch.total || Object.values(counts).some((count) => count < 0)) {
    throw new Error(`the counts of a batch of ${batch.total} do not add up: ${JSON.stringify(counts)}`);
  }
  return batch;
}

/** The statuses of the payouts, in their order. */
export async function statusesOf(world: World, id: BatchId = BATCH): Promise<PayoutStatus[]> {
  return (await readAllPayouts(world.deps, id)).payouts.map(({ status }) => status);
}

export async function statusOf(world: World, id: BatchId = BATCH): Promise<Batch['status'] | undefined> {
  return (await world.deps.batches.read(id))?.status;
}

/** Receives the next message five times without success, so that it becomes a dead letter. */
export async function killByPoison(world: World): Promise<void> {
  const poisoned = world.queue.receive()?.message;
  for (let receives = 1; receives <= 5; receives += 1) {
    world.clock.jump(120_000);
    while (world.queue.receive({ only: poisoned })) {}
  }
  await world.recordDeadLetters();
}

/** Only the dead-lettered chunk is left, and neither workers nor recovery touch it. */
export async function expectStuckOn(world: World, chunk: number, id: BatchId = BATCH): Promise<void> {
  const open = async () => (await world.deps.chunks.readAll(id)).filter(isOpen);
  const isAlone = async () => (await open()).every(({ number, deadLetter }) => number === chunk && deadLetter);
  await world.until(isAlone, PATIENCE_MS, async () => JSON.stringify(await open(), printable));
  const before = await world.arrivals();
  await world.clock.sleep(180_000);
  expect((await open()).map(({ number, deadLetter }) => [number, deadLetter?.receives])).toEqual([[chunk, 5]]);
  expect(await statusOf(world, id)).toBe('in_progress');
  expect(await world.arrivals()).toBe(before);
}

/** Lets virtual time pass until the batch has finished. */
export function finish(world: World, id: BatchId = BATCH, patienceMs = PATIENCE_MS): Promise<void> {
  return reach(world, isFinished, id, patienceMs);
}

export function reach(
  world: World,
  wanted: (status: Batch['status']) => boolean,
  id: BatchId = BATCH,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const holds = async () => {
    const batch = await expectCountsAddUp(world, id);
    return batch !== undefined && wanted(batch.status);
  };
  return world.until(holds, patienceMs, async () => JSON.stringify(await readBatch(world.deps, id), printable));
}

/** Lets virtual time pass until no message is left, and asserts that nothing more was sent to the bank. */
export async function expectQuiet(world: World): Promise<void> {
  const before = await world.arrivals();
  await world.until(
    async () => world.queue.messages.length === 0,
    PATIENCE_MS,
    async () => JSON.stringify(world.queue.messages),
  );
  expect(await world.arrivals()).toBe(before);
}

/**
 * A finished batch in which every number agrees: with the payouts, with the chunks, and with the bank's own ledger.
 * @param arrivalsAllowed how often an instruction may have reached the bank: the attempts, or those of two rounds
 */
export async function expectSoundEnd(world: World, arrivalsAllowed = 3, id: BatchId = BATCH): Promise<void> {
  const { batch, counts, chunks, payouts } = await readAllPayouts(world.deps, id);
  expect(batch.status).toBe(finalStatus(counts, batch.total));
  expect(batch.reopening).toBe(false);
  expect(endedOf(counts)).toBe(batch.total);
  expect(payouts).toHaveLength(batch.total);
  for (const chunk of chunks) {
    const own = payouts.slice((chunk.number - 1) * batch.chunkSize, chunk.number * batch.chunkSize);
    const totals = totalsOf(own.map(({ payout }) => payout));
    expect(pick(chunk, Object.keys(totals) as (keyof ChunkTotals)[])).toEqual(totals);
    expect(chunk.lease).toBeUndefined();
    expect(chunk.deadLetter).toBeUndefined();
  }

  const ledger = await world.ledger(id);
  const differences = payouts.flatMap(({ payout, status }) => {
    const { moves = 0, attempts: arrivals = 0 } = ledger.get(payout.id) ?? {};
    const isRight =
      moves === (status === 'completed' || status === 'returned' ? 1 : 0) &&
      arrivals <= arrivalsAllowed &&
      payout.attempts <= 3;
    return isRight ? [] : [{ id: payout.id, status, moves, arrivals, attempts: payout.attempts }];
  });
  expect(differences).toEqual([]);
  expect([...ledger.keys()].filter((instruction) => !payouts.some(({ payout }) => payout.id === instruction))).toEqual(
    [],
  );
}

function printable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Map || value instanceof Set ? [...value] : value;
}
