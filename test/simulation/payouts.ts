import { handler as createBatch } from '../../functions/payouts/create-batch.ts';
import { handler as getBatch } from '../../functions/payouts/get-batch.ts';
import { handler as payChunk } from '../../functions/payouts/pay-chunk.ts';
import { handler as recordDeadLetter } from '../../functions/payouts/record-dead-letter.ts';
import { handler as recoverBatches } from '../../functions/payouts/recover-batches.ts';
import { handler as redriveBatch } from '../../functions/payouts/redrive-batch.ts';
import { handler as retryFailed } from '../../functions/payouts/retry-failed.ts';
import { handler as startBatch } from '../../functions/payouts/start-batch.ts';
import { handler as stopBatch } from '../../functions/payouts/stop-batch.ts';
import { isFinished } from '../../lib/payouts/batch.ts';
import { isOpen, tally } from '../../lib/payouts/chunk.ts';
import { batchOf, chunkOf, payoutOf } from '../../lib/payouts/items.ts';
import type { Payout } from '../../lib/payouts/payout.ts';
import { crowd, insist } from './client.ts';
import type { Domain } from './domain.ts';
import type { SimulatedWorld } from './world.ts';

const BATCHES = ['red', 'blue', 'green'];

export const payouts: Domain = {
  name: 'payouts',

  set(world) {
    world.consume('chunks', payChunk, { batchSize: 1, atOnce: world.chance.between(1, 4), timeoutMs: 20_000 });
    world.consume('chunks', recordDeadLetter, { ofDead: true });
    world.everyMinute('recoverBatches', recoverBatches);
  },

  async play(world) {
    const batches = BATCHES.slice(0, world.chance.between(1, 3));
    await Promise.all([
      crowd(world, batches.length, 30_000, (nth) => client(world, batches[nth] ?? '')),
      crowd(world, 1, 60_000, () => operator(world, batches)),
    ]);
  },

  async settle(world) {
    for (const batch_id of BATCHES) {
      await insist(world, 'redriveBatch', redriveBatch, { path: { batch_id } });
      await insist(world, 'startBatch', startBatch, { path: { batch_id } });
    }
  },

  async judge(world, isOver) {
    const items = await world.items('PAYOUTS_TABLE');
    const payoutsOf = Map.groupBy(
      items.filter(({ sk }) => String(sk).startsWith('PAYOUT#')).map(payoutOf),
      ({ id }) => id.split('.', 1)[0] ?? '',
    );
    for (const payout of [...payoutsOf.values()].flat()) judgePayout(world, payout);
    const batches = items.filter(({ sk }) => sk === 'BATCH').map(batchOf);
    for (const batch of batches) {
      const chunks = items.filter(({ pk, sk }) => pk === `BATCH#${batch.id}` && sk !== 'BATCH').map(chunkOf);
      const own = payoutsOf.get(batch.id) ?? [];
      if (batch.status !== 'creating' && own.length !== batch.total) world.find(`${batch.id} has lost payouts`);
      for (const chunk of chunks) {
        const counted = Object.values(chunk.counts).reduce((sum, count) => sum + count, 0);
        if (counted !== chunk.size) world.find(`${batch.id} ${chunk.number}: its counts come to ${counted}`);
      }
      if (!isFinished(batch.status)) {
        if (isOver && batch.status !== 'creating') world.find(`${batch.id} is still ${batch.status}`);
        continue;
      }
      if (chunks.some(isOpen)) world.find(`${batch.id} is ${batch.status}, and has open chunks`);
      const { completed, failed } = tally(own).counts;
      if (completed + failed !== batch.total)
        world.find(`${batch.id} is ${batch.status}: ${completed} paid, ${failed} not`);
    }
    const finished = batches
      .filter(({ status }) => isFinished(status))
      .map(({ id, run }) => `batch.completed:${id}:${run}`);
    const told = (await world.items('OUTBOX_TABLE')).map(({ pk }) => String(pk));
    for (const fact of finished) if (!told.includes(`EVENT#${fact}`)) world.find(`a fact was not told: ${fact}`);
  },
};

function judgePayout(world: SimulatedWorld, { id, status, money }: Payout): void {
  const { instructions } = world.rails.audit.instructions({ prefix: id });
  const row = instructions.find(({ instruction }) => instruction === id);
  const moves = row?.moves ?? 0;
  if (moves > 1) world.find(`${id} was paid ${moves} times`);
  if (status === 'completed' && moves !== 1) world.find(`${id} is completed, and was paid ${moves} times`);
  if (status === 'failed' && moves !== 0) world.find(`${id} is failed, and was paid`);
  if (moves > 0 && row?.moved_minor !== `${money.minor}`) world.find(`${id}: ${row?.moved_minor} was paid`);
}

async function client(world: SimulatedWorld, batch_id: string): Promise<void> {
  const { chance, schedule } = world;
  const payouts = Array.from({ length: chance.between(3, 14) }, (_, index) => ({
    vendor_id: `vendor-${index}`,
    vendor_name: `Vendor ${index}`,
    amount: chance.between(1, 900),
    currency: 'IDR',
    bank_account: `10020030${index}`,
    bank_name: 'BCA',
    transaction_ids: [],
  }));
  const path = { batch_id };
  await insist(world, 'createBatch', createBatch, { body: { batch_id, payouts, auto_start: chance.isTrue(0.8) } });
  for (let looks = chance.between(2, 8); looks > 0; looks -= 1) {
    await schedule.sleep(chance.between(100, 30_000));
    const reply = await world.request('getBatch', getBatch, { path });
    const seen = reply?.body as { counts?: Record<string, number>; total_count: number; status: string } | undefined;
    if (!seen?.counts) continue;
    const sum = Object.values(seen.counts).reduce((total, count) => total + count, 0);
    if (sum !== seen.total_count) world.find(`${batch_id}: its counts come to ${sum} of ${seen.total_count}`);
    const isOver = ['completed', 'partially_completed', 'failed'].includes(seen.status);
    if (isOver && chance.isTrue(0.5)) await world.request('retryFailed', retryFailed, { path });
  }
}

async function operator(world: SimulatedWorld, batches: readonly string[]): Promise<void> {
  const { chance, schedule } = world;
  const stopped = new Set<string>();
  world.rails.onArrival((instruction) => {
    const batch = instruction.split('.', 1)[0] ?? '';
    if (stopped.has(batch)) world.find(`${instruction} has arrived, though ${batch} is stopped`);
  });
  for (let turns = chance.between(0, 4); turns > 0; turns -= 1) {
    const path = { batch_id: chance.oneOf(batches) };
    await schedule.sleep(chance.between(500, 40_000));
    await world.request('stopBatch', stopBatch, { path });
    await schedule.sleep(chance.between(100, 20_000));
    const seen = (await world.request('getBatch', getBatch, { path }))?.body as { status?: string } | undefined;
    if (seen?.status === 'stopped') stopped.add(path.batch_id);
    await schedule.sleep(chance.between(100, 20_000));
    stopped.delete(path.batch_id);
    await world.request('startBatch', startBatch, { path });
    if (chance.isTrue(0.3)) await world.request('redriveBatch', redriveBatch, { path });
  }
}
