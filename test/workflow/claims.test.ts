import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/kernel/errors.ts';
import type { BatchRequest } from '../../lib/payouts/batch-request.ts';
import { createBatch } from '../../lib/payouts/create-batch.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import type { Instruction } from '../../lib/payouts/payout.ts';
import { readAllPayouts } from '../../lib/payouts/read-batches.ts';
import { reportJson } from '../../lib/payouts/report.ts';
import { retryFailed } from '../../lib/payouts/retry-failed.ts';
import { claiming, claimsOf, paid } from '../support/claims.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, losesFirstAnswerTo } from '../support/faults.ts';
import { Client, finish, inWorld } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const database = await givenADatabase();
const settings = { PAYOUT_CHUNK_SIZE: 2 };
const idOf = (name: string) => name as BatchId;

/** A request for payouts of these sales. */
function selling(
  batchId: string,
  sales: readonly (readonly string[])[],
  changes: Partial<BatchRequest> = {},
): BatchRequest {
  const request = claiming(
    batchId,
    sales.map((_, index) => `${batchId}-${index}`),
    changes,
  );
  const instructions = request.instructions.map(
    (instruction, index): Instruction => ({
      ...instruction,
      transactionIds: sales[index] ?? [],
      claims: ['transaction_id'],
    }),
  );
  return { ...request, instructions };
}

async function refused(world: World, request: BatchRequest): Promise<AppError> {
  const answer = await new Client(world).create(request);
  if (answer instanceof AppError) return answer;
  throw new Error(`the batch ${request.batchId} was created`);
}

async function created(world: World, request: BatchRequest) {
  const answer = await new Client(world).create(request);
  if (answer instanceof AppError) throw answer;
  return answer.batch;
}

describe.concurrent('an id that another payout has', () => {
  it('is skipped: only the others are stored and paid, and the report names the payout that has it', () =>
    inWorld(database, { settings, workers: 2 }, async (world) => {
      await created(world, claiming('one', ['a', 'b', 'c']));
      await finish(world, idOf('one'));
      const two = await created(world, claiming('two', ['c', 'd', 'a', 'b', 'e', 'e']));
      expect([two.total, two.duplicates]).toEqual([2, 4]);
      await finish(world, idOf('two'));
      expect([await paid(world, 'one'), await paid(world, 'two')]).toEqual([
        ['a', 'b', 'c'],
        ['d', 'e'],
      ]);
      const whole = await readAllPayouts(world.deps, idOf('two'));
      expect(whole.batch).toMatchObject({ status: 'completed', total: 2 });
      const report = JSON.parse(JSON.stringify(reportJson(whole)));
      expect(report).toMatchObject({ processed: 2, successful: 2, failed: 0, duplicates: 4 });
      const shown = report.duplicate_payouts.map((each: { external_id: string; holder: object }) => [
        each.external_id,
        each.holder,
      ]);
      const ofOne = (position: number, chunk: number) => ({
        ...{ payout_id: `one.000${chunk}.00000${position}`, batch_id: 'one', status: 'completed' },
      });
      expect(shown).toEqual([
        ['c', ofOne(3, 2)],
        ['a', ofOne(1, 1)],
        ['b', ofOne(2, 1)],
        ['e', { payout_id: 'two.0003.000005', batch_id: 'two', status: 'completed' }],
      ]);
    }));

  it('is skipped, also if nothing is left: the batch ends at once', () =>
    inWorld(database, { settings, workers: 1 }, async (world) => {
      await created(world, claiming('one', ['a', 'b', 'c']));
      await finish(world, idOf('one'));
      const again = await created(world, claiming('two', ['a', 'b', 'c']));
      expect([again.total, again.amounts.size]).toEqual([0, 0]);
      await finish(world, idOf('two'));
      expect((await readAllPayouts(world.deps, idOf('two'))).batch.status).toBe('completed');
    }));

  it('refuses the request, which names each such payout and leaves nothing', () =>
    inWorld(database, { settings, workers: 1 }, async (world) => {
      await created(world, claiming('one', ['a', 'b', 'c']));
      const error = await refused(world, claiming('two', ['x', 'c', 'y', 'a'], { duplicates: 'reject' }));
      expect([error.code, error.details]).toEqual([
        'DUPLICATE',
        [
          {
            path: 'payouts[1].external_id',
            reason: expect.stringContaining('one.0002.000003'),
            payout_id: 'one.0002.000003',
            batch_id: 'one',
            position: 3,
          },
          {
            path: 'payouts[3].external_id',
            reason: expect.any(String),
            payout_id: 'one.0001.000001',
            batch_id: 'one',
            position: 1,
          },
        ],
      ]);
      expect((await world.deps.batches.list({ limit: 9 })).items.map(({ id }) => id)).toEqual(['one']);
      expect(await claimsOf(world)).toHaveLength(3);
      const items = await world.items('PAYOUTS_TABLE');
      expect(items.filter(({ pk }) => `${pk}`.includes('two'))).toEqual([]);
      // The same request succeeds once it has none.
      expect((await created(world, claiming('two', ['x', 'y'], { duplicates: 'reject' }))).total).toBe(2);
    }));

  it('is an error if it is for another amount or payee, also if repeated ids are skipped', () =>
    inWorld(database, { settings }, async (world) => {
      await created(world, claiming('one', ['a'], { autoStart: false }));
      const [instruction] = claiming('two', ['a']).instructions;
      const other = { ...(instruction as Instruction), payee: { id: 'somebody else' } };
      const error = await refused(world, claiming('two', [], { instructions: [other] }));
      expect([error.code, error.details[0]?.reason]).toEqual([
        'DUPLICATE',
        'a is that of the payout one.0001.000001 already, and this one has the payee somebody else instead of payee of a',
      ]);
    }));

  it('is neither checked nor claimed if the batch allows it', () =>
    inWorld(database, { settings, workers: 1 }, async (world) => {
      await created(world, claiming('one', ['a']));
      const free = claiming('two', ['a'], { duplicates: 'allow' });
      const instructions = free.instructions.map((each) => ({ ...each, claims: [] }));
      expect((await created(world, { ...free, instructions })).total).toBe(1);
      await finish(world, idOf('one'));
      await finish(world, idOf('two'));
      expect([await paid(world, 'two'), (await claimsOf(world)).length]).toEqual([['a'], 1]);
    }));

  it('is free again after a failure, for one new payout; then retry-failed leaves the failure and names that payout', () =>
    inWorld(database, { settings, workers: 1 }, async (world, client) => {
      await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
      await created(world, claiming('one', ['a', 'b', 'c']));
      await finish(world, idOf('one'));
      await world.setBank({ mode: 'happy' });
      const answers = await Promise.all(['two', 'three', 'four'].map((name) => created(world, claiming(name, ['a']))));
      expect(answers.map(({ total }) => total).sort()).toEqual([0, 0, 1]);
      const retried = await client.insist('retry-failed', (deps) => retryFailed(deps, idOf('one')));
      if (retried instanceof AppError) throw retried;
      const holder = answers.find(({ total }) => total === 1)?.id;
      expect([retried.reopened, retried.kept]).toEqual([
        2,
        [{ payoutId: 'one.0001.000001', holder: `${holder}.0001.000001` }],
      ]);
      await finish(world, idOf('one'));
      expect(await paid(world, 'one')).toEqual(['b', 'c']);
      const { payouts } = await readAllPayouts(world.deps, idOf('one'));
      expect(payouts[0]).toMatchObject({
        status: 'failed',
        payout: { failure: { code: 'DUPLICATE', retryable: false } },
      });
      // The others have their ids again.
      expect(await created(world, claiming('five', ['b', 'c', 'd']))).toMatchObject({ total: 1, duplicates: 2 });
    }));
});

describe.concurrent('a sale', () => {
  it('is paid out once, also if one payout has 100 of them', () =>
    inWorld(database, { settings, workers: 1 }, async (world) => {
      const many = Array.from({ length: 100 }, (_, index) => `sale-${index}`);
      await created(world, selling('one', [many, ['other']]));
      const two = await created(world, selling('two', [['new'], ['sale-99', 'newer'], ['newest']]));
      expect([two.total, two.duplicates]).toEqual([2, 1]);
      // The sale of a payout that was not stored is free.
      expect((await created(world, selling('three', [['newer']]))).total).toBe(1);
      const error = await refused(world, selling('four', [['sale-1']], { duplicates: 'reject' }));
      expect(error.details).toMatchObject([{ path: 'payouts[0].transaction_ids', payout_id: 'one.0001.000001' }]);
    }));

  it('is free after a failure, and retry-failed claims it again', () =>
    inWorld(database, { settings, workers: 1 }, async (world, client) => {
      await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
      await created(world, selling('one', [['s1', 's2'], ['s3']]));
      await finish(world, idOf('one'));
      await world.setBank({ mode: 'happy' });
      expect((await created(world, selling('two', [['s2']]))).total).toBe(1);
      const retried = await client.insist('retry-failed', (deps) => retryFailed(deps, idOf('one')));
      expect(retried).toMatchObject({ reopened: 1, kept: [{ payoutId: 'one.0001.000001' }] });
      expect((await created(world, selling('three', [['s3'], ['s1']]))).total).toBe(1);
    }));
});

describe.concurrent('50 batches at once', () => {
  it('that share payouts pay each exactly once', () =>
    inWorld(database, { settings: { PAYOUT_CHUNK_SIZE: 3 }, workers: 4 }, async (world) => {
      const ids = Array.from({ length: 20 }, (_, index) => `id-${index}`);
      const names = Array.from({ length: 50 }, (_, index) => `b${index}`);
      const batches = await Promise.all(
        names.map((name, index) => {
          // Each has 8 of them, in another order.
          const own = Array.from({ length: 8 }, (_, at) => ids[(index * 7 + at * 3) % ids.length] as string);
          return created(world, claiming(name, own));
        }),
      );
      for (const { id } of batches) await finish(world, id);
      const all = await Promise.all(names.map((name) => paid(world, name)));
      expect(all.flat().sort()).toEqual([...ids].sort());
      const sum = batches.reduce((stored, { total }) => stored + total, 0);
      expect([sum, batches.every(({ total, duplicates }) => total + duplicates === 8)]).toEqual([ids.length, true]);
    }));
});

describe.concurrent('a batch that refuses duplicates', () => {
  it('is stored without reading its chunks, since none of it can be missing', () =>
    inWorld(database, { settings }, async (world) => {
      const reads: string[] = [];
      world.observers.push(async (what) => void (what === 'readAll' && reads.push(what)));
      await created(world, claiming('one', ['a', 'b', 'c'], { duplicates: 'reject', autoStart: false }));
      expect(reads).toEqual([]);
      await created(world, claiming('two', ['a', 'd'], { autoStart: false }));
      expect(reads).toHaveLength(1);
    }));
});

describe.concurrent('a batch that is refused after some of it is stored', () => {
  it('is gone with the answer, also if the answer to the write that begins to discard it is lost', () =>
    inWorld(
      database,
      { settings, dynamo: between(documentClient(), losesFirstAnswerTo(/Update|Transact/, 'discarding')) },
      async (world) => {
        await created(world, claiming('one', ['d']));
        expect(await refused(world, claiming('two', ['a', 'b', 'c', 'd'], { duplicates: 'reject' }))).toMatchObject({
          code: 'DUPLICATE',
        });
        expect((await world.items('PAYOUTS_TABLE')).filter(({ pk }) => `${pk}`.includes('two'))).toEqual([]);
      },
    ));
});

describe.concurrent('a batch that its creator gave up', () => {
  it('is discarded by recovery, and its ids are free', () =>
    inWorld(database, { settings, workers: 1 }, async (world, client) => {
      const request = claiming('one', ['a', 'b', 'c', 'd', 'e']);
      await world.dieAt('before', 'markCreated', (deps) => createBatch(deps, request, undefined));
      const busy = await world
        .process('create')
        .run((deps) => createBatch(deps, claiming('two', ['e', 'f']), undefined));
      expect(busy).toMatchObject({ kind: 'threw', error: { code: 'REQUEST_IN_PROGRESS' } });
      const two = await client.insist('create', (deps) => createBatch(deps, claiming('two', ['e', 'f']), undefined));
      expect(two).toMatchObject({ batch: { total: 2 } });
      expect((await world.items('PAYOUTS_TABLE')).filter(({ pk }) => `${pk}`.includes('one'))).toEqual([]);
    }));
});
