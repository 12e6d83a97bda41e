import { handler as payChunk } from '../../functions/payouts/pay-chunk.ts';
import { handler as recoverBatches } from '../../functions/payouts/recover-batches.ts';
import { handler as recordDeadLetters } from '../../functions/recovery/record-dead-letters.ts';
import { type Batch, isFinished } from '../../lib/payouts/batch.ts';
import { batchOf } from '../../lib/payouts/dynamo-batch-items.ts';
import { duplicatesOf } from '../../lib/payouts/dynamo-claim-items.ts';
import { payoutOf } from '../../lib/payouts/dynamo-payout-items.ts';
import { type PayoutId, placeOf } from '../../lib/payouts/ids.ts';
import type { Payout } from '../../lib/payouts/payout.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { batchesIn, differencesInBatch } from '../../scripts/verify/payouts-checks.ts';
import { Actor, crowd } from './client.ts';
import type { Domain } from './domain.ts';
import { create, Knowledge, maker, touch } from './lifecycle-clients.ts';
import { returning } from './lifecycle-rail.ts';
import { allOfThem } from './lifecycle-requests.ts';
import type { SimulatedWorld } from './world.ts';

/*
 * Batches that ask for the same payouts, under own ids and sales: skipping or refusing what others have, or paying it again.
 * Some start at a time, some are cancelled, some come back; failures are retried after another batch has taken their keys.
 */

const MAKERS = ['red', 'blue', 'green', 'black'];
/** Asked for when all others have ended: they get what nobody has paid. */
const LAST = ['last-pix', 'last-own'];
/** Recovery applies returns that waited. */
const RETURNS_END_MS = 150_000;
/** Clocks differ by less. */
const SKEW_MS = 500;

const known = new WeakMap<SimulatedWorld, Knowledge>();
function knowledgeOf(world: SimulatedWorld): Knowledge {
  const knowledge = known.get(world) ?? new Knowledge();
  known.set(world, knowledge);
  return knowledge;
}

export const lifecycle: Domain = {
  name: 'lifecycle',
  tables: ['PAYOUTS_TABLE', 'ACCESS_TABLE'],

  set(world) {
    world.queues.consume('chunks', payChunk, { batchSize: 1, atOnce: world.chance.between(1, 4), timeoutMs: 20_000 });
    world.queues.consume('chunks', recordDeadLetters, { ofDead: true });
    // In some seeds recovery does not run for minutes, so that times to start pass.
    const isDownUntil = world.schedule.now + world.chance.oneOf([0, 0, 150_000]);
    world.everyMinute('recoverBatches', async (event, context) =>
      world.schedule.now < isDownUntil ? undefined : recoverBatches(event as never, context as never),
    );
  },

  async play(world) {
    const knowledge = knowledgeOf(world);
    watchArrivals(world, knowledge);
    await Promise.all([
      crowd(world, { kind: 'maker', many: MAKERS.length, withinMs: 20_000 }, (actor, nth) =>
        maker(world, knowledge, actor, MAKERS[nth] ?? ''),
      ),
      crowd(world, { kind: 'rail', many: 1, withinMs: 20_000 }, (actor) => returning(world, knowledge, actor)),
    ]);
  },

  async settle(world) {
    const operator = new Actor(world, 'the last operator');
    const knowledge = knowledgeOf(world);
    const finishAll = () => Promise.all([...knowledge.batches.keys()].map((batch_id) => finish(operator, batch_id)));
    await finishAll();
    await operator.pause(RETURNS_END_MS, RETURNS_END_MS);
    for (const [index, batch_id] of LAST.entries()) {
      await create(world, operator, knowledge.add(allOfThem(batch_id, index === 0)));
    }
    await finishAll();
    // By now the last batches have the keys of all failures.
    for (const [batch_id, batch] of knowledge.batches) {
      touch(batch);
      await operator.ask('retryFailed', { path: { batch_id } });
    }
    await finishAll();
  },

  async judge(world, isOver) {
    const items = await world.items('PAYOUTS_TABLE');
    const batches = batchesIn(items);
    for (const [id, own] of batches) {
      const ledger = world.rails.audit.instructions({ prefix: `${id}.` }).instructions;
      for (const { check, message } of differencesInBatch(id, { ...own, ledger }, world.schedule.now)) {
        // The rail may not have been heard yet.
        if (isOver || check !== 'returned') world.find(message);
      }
    }
    const payouts = new Map<string, Payout>(
      [...batches.values()].flatMap((own) => own.payouts.map(payoutOf)).map((payout) => [payout.id, payout]),
    );
    judgeKeys(world, payouts);
    for (const batch of items.filter(({ sk }) => sk === 'BATCH').map(batchOf)) judgeBatch(world, batch, isOver);
    if (!isOver) return;
    for (const [id, { outcome }] of knowledgeOf(world).batches) {
      if (outcome === 'refused' && batches.has(id)) world.find(`${id} was refused, and is stored`);
      if (outcome === 'created' && !batches.has(id)) world.find(`${id} was created, and is gone`);
    }
    for (const id of knowledgeOf(world).returned) {
      const status = payouts.get(id)?.status;
      if (status !== 'returned') world.find(`the rail has given ${id} back, which is ${status}`);
    }
    judgeDuplicates(world, items, payouts);
  },
};

/** Until the batch has ended, for at most ten minutes. One that was never created may be deleted, or stay as it is. */
async function finish(operator: Actor, batch_id: string): Promise<void> {
  const path = { batch_id };
  for (let looks = 1; looks <= 120; looks += 1) {
    const reply = await operator.ask('getBatch', { path });
    const { status = 'creating' } = (reply?.body ?? {}) as { status?: Batch['status'] };
    if (reply?.status === 404 || isFinished(status) || (status === 'creating' && looks > 40)) return;
    if (['created', 'stopping', 'stopped'].includes(status)) await operator.ask('startBatch', { path });
    if (looks % 10 === 0) await operator.ask('redriveBatch', { path });
    await operator.pause(5_000, 5_000);
  }
}

/** No key is paid twice, whatever claims are stored: the rails' ledger and the requests tell. */
function judgeKeys(world: SimulatedWorld, payouts: ReadonlyMap<string, Payout>): void {
  const paid = new Map<string, string>();
  for (const { instruction, moves } of world.rails.audit.instructions({ prefix: '' }).instructions) {
    if (moves === 0 || payouts.get(instruction)?.status === 'returned') continue;
    for (const key of keysOfPayout(world, instruction)) {
      const other = paid.get(key);
      if (other !== undefined) world.find(`${key} was paid by ${other} and by ${instruction}`);
      paid.set(key, instruction);
    }
  }
}

function keysOfPayout(world: SimulatedWorld, instruction: string): readonly string[] {
  const { batchId, position } = placeOf(instruction as PayoutId);
  return knowledgeOf(world).batches.get(batchId)?.asked.keys[position - 1] ?? [];
}

function judgeBatch(world: SimulatedWorld, { id, status, run, claims }: Batch, isOver: boolean): void {
  const batch = knowledgeOf(world).batches.get(id);
  if (batch && !batch.isTouched && run > 1 && !LAST.includes(id)) world.find(`${id} was started ${run} times`);
  // Nothing waits for a batch without claims that its client has given up.
  const isGivenUp = status === 'creating' && !claims && batch?.outcome === 'unknown';
  if (isOver && !isFinished(status) && !isGivenUp) world.find(`${id} is still ${status}`);
}

/** What a batch lacks is in another one; what the last batches lack was paid. */
function judgeDuplicates(world: SimulatedWorld, items: readonly Item[], payouts: ReadonlyMap<string, Payout>): void {
  const stored = new Set([...payouts.keys()].flatMap((id) => keysOfPayout(world, id)));
  for (const item of items.filter(({ sk }) => sk === 'DUPLICATES')) {
    const batch = `${item.pk}`.split('#')[1] ?? '';
    for (const { key, holder } of duplicatesOf(item).duplicates) {
      if (!stored.has(key.value)) world.find(`${batch} lacks ${key.value}, and no batch has it`);
      // Within its own request, the first one has it, and may have failed since.
      const status = payouts.get(holder)?.status ?? 'not stored';
      if (status !== 'completed' && LAST.includes(batch) && placeOf(holder).batchId !== batch) {
        world.find(`${batch} lacks ${key.value} because of ${holder}, which is ${status}`);
      }
    }
  }
}

/** Nothing arrives before its time, after its cancellation, or of a batch that was refused. */
function watchArrivals(world: SimulatedWorld, { batches, cancelled }: Knowledge): void {
  world.rails.onArrival((instruction) => {
    const batch = batches.get(placeOf(instruction as PayoutId).batchId);
    const { now } = world.schedule;
    if (now > (cancelled.get(instruction) ?? now)) world.find(`${instruction} arrived although it was cancelled`);
    if (!batch) return;
    if (now + SKEW_MS < batch.notBefore)
      world.find(`${instruction} arrived before ${new Date(batch.notBefore).toISOString()}`);
    if (now > batch.notAfter) world.find(`${instruction} arrived after its batch was cancelled`);
    if (batch.outcome === 'refused') world.find(`${instruction} arrived although its batch was refused`);
  });
}
