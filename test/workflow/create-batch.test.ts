import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import type { BatchRequest } from '../../lib/payouts/batch-request.ts';
import { type Created, createBatch } from '../../lib/payouts/create-batch.ts';
import type { Instruction } from '../../lib/payouts/payout.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import { readBatch } from '../../lib/payouts/read-batches.ts';
import type { Rail } from '../../lib/rail/index.ts';
import { givenADatabase } from '../support/database.ts';
import {
  BATCH,
  expectQuiet,
  expectSoundEnd,
  finish,
  inWorld,
  once,
  reach,
  requestFor,
  statusOf,
  watch,
} from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 2 };

/** Sends a request once, without retries. */
async function post(world: World, request: BatchRequest, key?: string): Promise<Created | AppError> {
  const run = await world.process('create').run((deps) => createBatch(deps, request, key));
  if (run.kind === 'returned') return run.value;
  if (run.kind === 'threw' && run.error instanceof AppError) return run.error;
  throw new Error('the request died, or broke');
}

describe.concurrent('POST /batches', () => {
  it('50 equal requests at once make one batch, and their answers agree', () =>
    inWorld(database, { settings, workers: 2 }, async (world) => {
      watch(world);
      const request = requestFor(10);
      const answers = await Promise.all(Array.from({ length: 50 }, () => post(world, request)));
      const created = answers.filter((answer): answer is Created => !(answer instanceof AppError));
      const refused = answers.filter((answer): answer is AppError => answer instanceof AppError);
      expect(refused.every(({ code, retryAfter }) => code === 'REQUEST_IN_PROGRESS' && Number(retryAfter) > 0)).toBe(
        true,
      );
      expect(created.filter(({ replayed }) => !replayed)).toHaveLength(1);
      expect(new Set(created.map(({ batch }) => `${batch.id} ${batch.createdAt} ${batch.total}`)).size).toBe(1);
      expect((await world.deps.batches.list({ limit: 50 })).items.map(({ id }) => id)).toEqual([BATCH]);

      await finish(world);
      const late = await Promise.all(Array.from({ length: 50 }, () => post(world, request)));
      expect(late.every((answer) => 'replayed' in answer && answer.replayed)).toBe(true);
      await expectQuiet(world);
      await expectSoundEnd(world, 1);
    }));

  it('with another body under the same id is refused for any difference, and changes nothing', () =>
    inWorld(database, { settings }, async (world) => {
      await post(world, requestFor(2, { autoStart: false }));
      const before = await readBatch(world.deps, BATCH);
      const [first, second] = requestFor(2).instructions;
      if (!first || !second) throw new Error('two instructions');
      const changes: Partial<BatchRequest>[] = [
        { autoStart: true },
        { instructions: [first] },
        { instructions: [second, first] },
        { instructions: [first, { ...second, money: { ...second.money, minor: second.money.minor + 1n } }] },
        { instructions: [first, { ...second, payee: { id: second.payee.id } }] },
        { instructions: [first, { ...second, transactionIds: ['txn-1'] }] },
        { instructions: [first, { ...second, destination: { type: 'pix', pixKey: 'key' } }] },
      ];
      for (const change of changes) {
        expect(await post(world, requestFor(2, { autoStart: false, ...change }))).toMatchObject({
          code: 'IDEMPOTENCY_MISMATCH',
        });
      }
      expect(await readBatch(world.deps, BATCH)).toEqual(before);
    }));

  it('without an id, each idempotency key makes one batch', () =>
    inWorld(database, { settings }, async (world) => {
      const { batchId: _, ...request } = requestFor(2, { autoStart: false });
      const [first, again, other] = [
        await post(world, request, 'key-1'),
        await post(world, request, 'key-1'),
        await post(world, request, 'key-2'),
      ] as Created[];
      expect(again).toMatchObject({ replayed: true, batch: { id: first?.batch.id } });
      expect(other).toMatchObject({ replayed: false });
      const changed = { ...request, instructions: requestFor(3).instructions };
      expect(await post(world, changed, 'key-1')).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
      const keyless = [await post(world, request), await post(world, request)] as Created[];
      expect(new Set([first, other, ...keyless].map((answer) => answer?.batch.id)).size).toBe(4);
    }));

  it.for([[1], [2], [1, 3], [2, 3]])(
    'the next request completes one that crashed with only the chunks %j stored',
    (stored) =>
      inWorld(database, { settings }, async (world, client) => {
        watch(world);
        const request = requestFor(6);
        await world.dieAt('after', 'insertChunks', (deps) => {
          const insertChunks: typeof deps.batches.insertChunks = (chunks) =>
            deps.batches.insertChunks(chunks.filter(({ chunk }) => stored.includes(chunk.number)));
          return createBatch({ ...deps, batches: { ...deps.batches, insertChunks } }, request, undefined);
        });
        expect((await readBatch(world.deps, BATCH)).counts.pending).toBe(6);
        expect(await post(world, request)).toMatchObject({ code: 'REQUEST_IN_PROGRESS', retryAfter: 10 });
        expect(await client.create(request)).toMatchObject({ batch: { id: BATCH } });
        await finish(world);
        await expectSoundEnd(world, 1);
      }),
  );

  it('completing a crashed request keeps its chunks, though the chunk size has changed since', () =>
    inWorld(database, { settings }, async (world, client) => {
      const request = requestFor(6);
      await world.dieAt('after', 'insert', (deps) =>
        createBatch({ ...deps, policy: { ...deps.policy, chunkSize: 4 } }, request, undefined),
      );
      await client.create(request);
      await finish(world);
      expect((await world.deps.chunks.readAll(BATCH)).map(({ size }) => size)).toEqual([4, 2]);
      await expectSoundEnd(world, 1);
    }));

  it('a slow request changes nothing after another request has completed the batch', () =>
    inWorld(database, { settings }, async (world, client) => {
      const request = requestFor(4);
      once(world, 'insertChunks', async () => {
        world.clock.jump(11_000);
        expect(await client.create(request)).toMatchObject({ batch: { id: BATCH } });
        await finish(world);
      });
      expect(await post(world, request)).toMatchObject({ batch: { id: BATCH } });
      await expectQuiet(world);
      await expectSoundEnd(world, 1);
    }));

  it('repeating the request after a stop does not start the batch again', () =>
    inWorld(database, { settings }, async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      await client.stop();
      await reach(world, (status) => status === 'stopped');
      expect(await post(world, requestFor(2))).toMatchObject({ replayed: true });
      expect(await statusOf(world)).toBe('stopped');
    }));

  it('with a masked account pays to the account as it was given', () => {
    const seen: unknown[] = [];
    const watched = (bank: Rail): Rail => ({
      deadlineMs: bank.deadlineMs,
      isHealthy: () => bank.isHealthy(),
      lookUp: (reference) => bank.lookUp(reference),
      send(instruction, mayStillSend) {
        seen.push(instruction.destination);
        return bank.send(instruction, mayStillSend);
      },
    });
    const adjust = (deps: PayoutDeps) => ({ ...deps, bank: watched(deps.bank) });
    return inWorld(database, { settings, adjust }, async (world, client) => {
      const [instruction] = requestFor(1).instructions;
      const destination = { type: 'bank_account', bankAccount: 'ID****7823', bankName: 'BCA' } as const;
      await client.create({ ...requestFor(1), instructions: [{ ...instruction, destination } as Instruction] });
      await finish(world);
      expect(seen).toEqual([expect.objectContaining({ bank_account: 'ID****7823' })]);
    });
  });
});
