import { isEqual } from 'es-toolkit';
import { handler as payChunk } from '../../functions/payouts/pay-chunk.ts';
import { handler as recoverBatches } from '../../functions/payouts/recover-batches.ts';
import { handler as recordDeadLetters } from '../../functions/recovery/record-dead-letters.ts';
import { type Batch, type BatchStatus, isFinished } from '../../lib/payouts/batch.ts';
import { addSums, type Sums } from '../../lib/payouts/chunk.ts';
import { batchOf } from '../../lib/payouts/dynamo-batch-items.ts';
import { chunkOf } from '../../lib/payouts/dynamo-chunk-items.ts';
import { batchKey } from '../../lib/payouts/items.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { reservedBy } from '../../scripts/verify/limits-checks.ts';
import { batchesIn, differencesInBatch } from '../../scripts/verify/payouts-checks.ts';
import { Actor, crowd } from './client.ts';
import type { Domain } from './domain.ts';
import { clientKey, isLimited, judgeLimits } from './limits.ts';
import type { SimulatedWorld } from './world.ts';

type Seen = {
  readonly batch_id: string;
  readonly counts: Record<'completed' | 'failed' | 'unknown', number>;
  readonly total_count: number;
  readonly status: BatchStatus;
  readonly run: number;
};

const BATCHES = ['red', 'blue', 'green'];

export const payouts: Domain = {
  name: 'payouts',
  tables: ['PAYOUTS_TABLE', 'ACCESS_TABLE'],

  set(world) {
    world.queues.consume('chunks', payChunk, { batchSize: 1, atOnce: world.chance.between(1, 4), timeoutMs: 20_000 });
    world.queues.consume('chunks', recordDeadLetters, { ofDead: true });
    world.everyMinute('recoverBatches', recoverBatches);
  },

  async play(world) {
    const batches = BATCHES.slice(0, world.chance.between(1, 3));
    const stopped = watchStopped(world);
    const key = payoutsKey(world);
    await Promise.all([
      crowd(world, { kind: 'client', many: batches.length, withinMs: 30_000, key }, (actor, nth) =>
        client(world, actor, batches[nth] ?? ''),
      ),
      crowd(world, { kind: 'operator', many: 2, withinMs: 20_000 }, (actor, nth) =>
        operator(
          actor,
          batches.filter((_, index) => index % 2 === nth),
          stopped,
        ),
      ),
    ]);
  },

  async settle(world) {
    const operator = new Actor(world, 'the last operator');
    for (const batch_id of BATCHES) {
      await operator.insist('redriveBatch', { path: { batch_id } });
      await operator.insist('startBatch', { path: { batch_id } });
    }
  },

  async judge(world, isOver) {
    const headers = await judgeBatches(world, isOver);
    const items = await world.items('PAYOUTS_TABLE');
    if (isLimited(payoutsKey(world))) for (const batch of headers) judgeSpent(world, batch, items);
  },
};

/** Batches, chunks, payouts, what the bank has moved and the counters of limits agree. @returns the batches */
export async function judgeBatches(world: SimulatedWorld, isOver: boolean): Promise<Batch[]> {
  const items = await world.items('PAYOUTS_TABLE');
  for (const [id, own] of batchesIn(items)) {
    const ledger = world.rails.audit.instructions({ prefix: `${id}.` }).instructions;
    for (const { message } of differencesInBatch(id, { ...own, ledger })) world.find(message);
  }
  const headers = items.filter(({ sk }) => sk === 'BATCH').map(batchOf);
  await judgeLimits(world, headers.flatMap(reservedBy));
  if (!isOver) return headers;
  for (const { id, status } of headers) {
    // A client that died while it created a batch has to ask again.
    if (!isFinished(status) && status !== 'creating') world.find(`${id} is still ${status}`);
  }
  return headers;
}

/** In minor units: a batch is of 300 to 1,800,000. */
const payoutsKey = (world: SimulatedWorld) => clientKey(world, 'IDR', 200_000, 3_000_000);

/** A finished batch has spent of its limits what it has paid. */
function judgeSpent(world: SimulatedWorld, { id, status, spent }: Batch, items: readonly Item[]): void {
  if (!isFinished(status)) return;
  const chunks = items.filter(({ pk, sk }) => pk === batchKey(id).pk && sk !== batchKey(id).sk).map(chunkOf);
  const paid = addSums(chunks.map(({ completedAmounts }) => completedAmounts));
  const counted = addSums(spent.map(({ amounts }) => amounts as Sums));
  if (!isEqual(paid, counted)) world.find(`${id} has paid ${[...paid]}, and counts ${[...counted]} towards its limits`);
}

/** The body of a request for a batch. */
export function aBatch({ chance }: Actor, batch_id: string) {
  const payouts = Array.from({ length: chance.between(3, 20) }, (_, index) => ({
    vendor_id: `vendor-${index}`,
    vendor_name: `Vendor ${index}`,
    amount: chance.between(1, 900),
    currency: 'IDR',
    bank_account: `10020030${index}`,
    bank_name: 'BCA',
    transaction_ids: [],
  }));
  return { batch_id, payouts, auto_start: chance.isTrue(0.8) };
}

async function client(world: SimulatedWorld, actor: Actor, batch_id: string): Promise<void> {
  const { chance } = actor;
  const path = { batch_id };
  const body = aBatch(actor, batch_id);
  await actor.insist('createBatch', { body });
  let before: Seen | undefined;
  for (let looks = chance.between(3, 12); looks > 0; looks -= 1) {
    await actor.pause(100, 20_000);
    const reply = await actor.ask('getBatch', { path });
    if (reply?.status !== 200) continue;
    const seen = reply.body as Seen;
    judgeSeen(world, batch_id, seen, before);
    before = seen;
    await readPayouts(world, actor, seen);
    if (seen.counts.unknown > 0) await lookUp(actor, batch_id);
    if (isFinished(seen.status) && chance.isTrue(0.8)) await actor.ask('retryFailed', { path });
  }
}

type Listed = { readonly payouts: readonly { payout_id: string }[]; readonly total_count: number };

/** A batch that is created can be listed, and each payout can be read. */
async function readPayouts(
  world: SimulatedWorld,
  actor: Actor,
  { batch_id, status, total_count }: Seen,
): Promise<void> {
  if (status === 'creating' || actor.chance.isTrue(0.5)) return;
  const reply = await actor.ask('listPayouts', { path: { batch_id } });
  if (reply?.status !== 200) return;
  const listed = reply.body as Listed;
  if (listed.payouts.length !== total_count || listed.total_count !== total_count) {
    world.find(`${batch_id}: ${listed.payouts.length} payouts listed, expected ${total_count}`);
  }
  const payout_id = actor.chance.oneOf(listed.payouts)?.payout_id ?? '';
  const one = await actor.ask('getPayout', { path: { payout_id } });
  if (one?.status === 404) world.find(`${payout_id} is listed, but not found`);
}

/** Asks for earlier look-ups, some of them while the last call may still arrive. */
async function lookUp(actor: Actor, batch_id: string): Promise<void> {
  for (let times = actor.chance.between(1, 4); times > 0; times -= 1) {
    const reply = await actor.ask('listPayouts', { path: { batch_id }, query: { status: 'unknown' } });
    const payout_id = actor.chance.oneOf((reply?.body as Partial<Listed> | undefined)?.payouts ?? [])?.payout_id;
    if (payout_id === undefined) return;
    await actor.ask('lookUpPayout', { path: { payout_id } });
    await actor.pause(100, 5_000);
  }
}

/** Counts add up in every answer, and never decrease. */
function judgeSeen(world: SimulatedWorld, id: string, seen: Seen, before: Seen | undefined): void {
  const sum = Object.values(seen.counts).reduce((total, count) => total + count, 0);
  if (sum !== seen.total_count) world.find(`${id}: its counts sum to ${sum}, expected ${seen.total_count}`);
  if (!before) return;
  if (seen.run < before.run) world.find(`${id}: run ${before.run}, then ${seen.run}`);
  if (seen.counts.completed < before.counts.completed) {
    world.find(`${id}: ${before.counts.completed} completed, then ${seen.counts.completed}`);
  }
}

/** No payout of a stopped batch arrives until the batch is started. */
function watchStopped(world: SimulatedWorld): Set<string> {
  const stopped = new Set<string>();
  world.rails.onArrival((instruction) => {
    const batch = instruction.split('.', 1)[0] ?? '';
    if (stopped.has(batch)) world.find(`${instruction} arrived although ${batch} is stopped`);
  });
  return stopped;
}

/** Each operator has batches of its own, so that no other operator starts what this one has stopped. */
async function operator(actor: Actor, batches: readonly string[], stopped: Set<string>): Promise<void> {
  const { chance } = actor;
  for (let turns = chance.between(0, 8); turns > 0 && batches.length > 0; turns -= 1) {
    const path = { batch_id: chance.oneOf(batches) };
    await actor.pause(100, chance.oneOf([3_000, 20_000]));
    await actor.ask('stopBatch', { path });
    // Sometimes the operator does not wait until it is stopped.
    const waits = chance.isTrue(0.7);
    if (waits && (await isSeenStopped(actor, path))) stopped.add(path.batch_id);
    if (waits) await actor.pause(100, 10_000);
    stopped.delete(path.batch_id);
    const started = await actor.ask('startBatch', { path });
    if (chance.isTrue(0.3)) await actor.ask('redriveBatch', { path });
    // A start that got no answer may still arrive.
    if (!started) await actor.pause(15_000, 20_000);
  }
}

async function isSeenStopped(actor: Actor, path: { batch_id: string }): Promise<boolean> {
  for (let looks = 1; looks <= 8; looks += 1) {
    const seen = (await actor.ask('getBatch', { path }))?.body as Partial<Seen> | undefined;
    if (seen?.status === 'stopped') return true;
    if (seen?.status !== 'stopping') return false;
    await actor.pause(50, 1_500);
  }
  return false;
}
