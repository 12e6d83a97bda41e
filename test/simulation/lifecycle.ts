import type { Context } from 'aws-lambda';
import { handler as importFile } from '../../functions/imports/import-file.ts';
import { handler as recoverImports } from '../../functions/imports/recover-imports.ts';
import { handler as payChunk } from '../../functions/payouts/pay-chunk.ts';
import { handler as recoverBatches } from '../../functions/payouts/recover-batches.ts';
import { handler as recordDeadLetters } from '../../functions/recovery/record-dead-letters.ts';
import { policyItem, policyKey } from '../../lib/access/dynamo-approval-items.ts';
import type { Unit } from '../../lib/kernel/money.ts';
import { type Batch, isFinished } from '../../lib/payouts/batch.ts';
import { type PayoutId, placeOf } from '../../lib/payouts/ids.ts';
import { Actor, crowd } from './client.ts';
import type { Domain } from './domain.ts';
import { NO_FAULTS } from './faults.ts';
import { create, MAKERS, maker, touch } from './lifecycle-clients.ts';
import { LARGE } from './lifecycle-files.ts';
import { judgeLifecycle, LAST } from './lifecycle-judge.ts';
import { type Knowledge, knowledgeOf } from './lifecycle-knowledge.ts';
import { returning } from './lifecycle-rail.ts';
import { findAll, judgeFound } from './lifecycle-reads.ts';
import { allOfThem, IN_TROUBLE } from './lifecycle-requests.ts';
import { finishUpload } from './lifecycle-uploads.ts';
import { watch } from './lifecycle-watch.ts';
import type { SimulatedWorld } from './world.ts';

/*
 * Batches and files that ask for the same payouts, under own ids and sales: skipping or refusing what others have, or paying it
 * again. Some start at a time, some are cancelled, some come back; failures are retried after another batch has taken their keys.
 */

/** Recovery applies returns that waited. */
const RETURNS_END_MS = 150_000;

export const lifecycle: Domain = {
  name: 'lifecycle',
  tables: ['PAYOUTS_TABLE', 'ACCESS_TABLE', 'TRANSACTIONS_TABLE'],

  set(world) {
    const { chance, queues, schedule } = world;
    const knowledge = knowledgeOf(world);
    queues.consume('chunks', payChunk, { batchSize: 1, atOnce: chance.between(1, 4), timeoutMs: 20_000 });
    queues.consume('chunks', recordDeadLetters, { ofDead: true });
    queues.consume('imports', importFile, { batchSize: 1, timeoutMs: 150_000 });
    queues.consume('imports', recordDeadLetters, { ofDead: true });
    // In some seeds recovery does not run for minutes, so that times to start pass.
    const isDownUntil = schedule.now + chance.oneOf([0, 0, 150_000]);
    // In some, each time fires the rule twice.
    const firesTwice = chance.isTrue(0.4);
    const again = { name: 'recoverBatches', handler: recoverBatches, timeoutMs: 50_000 };
    const recover = async (event: unknown, context: Context) => {
      if (schedule.now < isDownUntil) return undefined;
      knowledge.recoveryBegins.happens();
      if (firesTwice && world.gate.faults !== NO_FAULTS) void world.lambda.invoke(again, {});
      return recoverBatches(event as never, context);
    };
    world.everyMinute('recoverBatches', recover);
    world.everyMinute('recoverImports', recoverImports);
    if (chance.isTrue(0.5)) trouble(world, knowledge);
  },

  async play(world) {
    const knowledge = knowledgeOf(world);
    watch(world, knowledge);
    knowledge.needsApprovals = world.chance.isTrue(0.5);
    const rule = {
      kind: 'batch',
      currency: 'IDR' as Unit,
      totalFrom: LARGE,
      approvers: 1,
      lapsesAfterHours: 24,
    } as const;
    if (knowledge.needsApprovals) {
      await world.put('ACCESS_TABLE', { ...policyItem({ version: 1, rules: [rule] }), ...policyKey() });
    }
    await Promise.all([
      crowd(world, { kind: 'maker', many: MAKERS.length, withinMs: 20_000 }, (actor, nth) =>
        maker(world, knowledge, actor, nth),
      ),
      crowd(world, { kind: 'rail', many: 1, withinMs: 20_000 }, (actor) => returning(world, knowledge, actor)),
    ]);
  },

  async settle(world) {
    const operator = new Actor(world, 'the last operator');
    const knowledge = knowledgeOf(world);
    const finishAll = async () => {
      await Promise.all([...knowledge.uploads.values()].map((upload) => finishUpload(world, operator, upload)));
      await Promise.all([...knowledge.batches.keys()].map((batch_id) => finish(operator, batch_id)));
    };
    await finishAll();
    // Of failures with the same key one is paid.
    await retryAll(knowledge, operator);
    await operator.pause(RETURNS_END_MS, RETURNS_END_MS);
    await finishAll();
    for (const [index, batch_id] of LAST.entries()) {
      await create(world, knowledge, operator, knowledge.add(allOfThem(batch_id, index === 0)), false);
    }
    await finishAll();
    // By now the last batches have the keys of all failures.
    await retryAll(knowledge, operator);
    await finishAll();
    await judgeFound(world, operator);
  },

  judge: judgeLifecycle,
};

/** Until the faults end, the rail refuses what is sent to some payees. */
function trouble({ rails, gate }: SimulatedWorld, { batches }: Knowledge): void {
  rails.refuses = (instruction) => {
    const { batchId, position } = placeOf(instruction as PayoutId);
    const { nth = 0 } = batches.get(batchId)?.asked.payouts[position - 1] ?? {};
    return gate.faults !== NO_FAULTS && IN_TROUBLE.has(nth) ? 'RATE_LIMITED' : null;
  };
}

/** Retries the batches of the payouts that are found to have failed. */
async function retryAll({ batches }: Knowledge, operator: Actor): Promise<void> {
  const failed = (await findAll(operator, { status: 'failed' })) ?? [];
  for (const batch_id of new Set(failed.map(({ payout_id }) => placeOf(payout_id as PayoutId).batchId))) {
    const batch = batches.get(batch_id);
    if (batch) touch(batch);
    await operator.ask('retryFailed', { path: { batch_id } });
  }
}

/** Brings a batch to its end. One that was never created may be deleted, or stay as it is. */
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
