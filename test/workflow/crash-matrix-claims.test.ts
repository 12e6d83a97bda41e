import { expect } from 'vitest';
import type { BatchRequest } from '../../lib/payouts/batch-request.ts';
import { createBatch } from '../../lib/payouts/create-batch.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { readAllPayouts } from '../../lib/payouts/read-batches.ts';
import { retryFailed } from '../../lib/payouts/retry-failed.ts';
import { claiming, claimsOf, paid } from '../support/claims.ts';
import type { CrashPlan } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenADatabase } from '../support/database.ts';
import { Client, finish } from '../support/scenario.ts';
import { World } from '../support/world.ts';

const database = await givenADatabase();
const ONE = 'one' as BatchId;
const TWO = 'two' as BatchId;

/** Payouts of one sale each, that claim their id and their sale. */
function claimingBoth(batchId: BatchId, ids: readonly string[], duplicates: BatchRequest['duplicates']): BatchRequest {
  const request = claiming(batchId, ids, { duplicates });
  const instructions = request.instructions.map((instruction) => ({
    ...{ ...instruction, transactionIds: [`sale of ${instruction.externalId}`] },
    claims: ['external_id', 'transaction_id'] as const,
  }));
  return { ...request, instructions };
}

type Ended = {
  readonly world: World;
  readonly paid: readonly string[];
  readonly claims: number;
  readonly answer: unknown;
};

/** Plays in a world of its own. @returns each payment that the bank made, by the id of the payout */
async function play(
  plan: CrashPlan,
  act: (world: World, client: Client, arm: () => void) => Promise<unknown>,
): Promise<Ended> {
  const world = await World.open(database, { settings: { PAYOUT_CHUNK_SIZE: 2 }, plans: [plan] });
  return world.during(async () => {
    const client = new Client(world);
    const answer = await world.play(() => act(world, client, () => plan.arm()));
    const { items } = await world.deps.batches.list({ limit: 9 });
    const moved = (await Promise.all(items.map(({ id }) => paid(world, id)))).flat();
    return { world, paid: moved.sort(), claims: (await claimsOf(world)).length, answer };
  });
}

const create = (client: Client, request: BatchRequest) =>
  client.insist('create', (deps) => createBatch(deps, request, undefined));

await crashMatrix('a batch is created that skips what another one has', {
  who: 'create',
  play: (plan) =>
    play(plan, async (world, client, arm) => {
      await create(client, claimingBoth(ONE, ['b', 'c'], 'reject'));
      await finish(world, ONE);
      arm();
      const answer = await create(client, claimingBoth(TWO, ['a', 'b', 'd', 'e'], 'skip'));
      await finish(world, TWO);
      return answer;
    }),
  judge: ({ paid, answer }) => {
    expect(paid).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(answer).toMatchObject({ batch: { total: 3, duplicates: 1 } });
  },
});

await crashMatrix('a batch is refused because another one has a payout', {
  who: 'create',
  play: (plan) =>
    play(plan, async (world, client, arm) => {
      await create(client, claimingBoth(ONE, ['d'], 'reject'));
      await finish(world, ONE);
      // It finds the duplicate when its other chunks are stored.
      let hidden = true;
      const blind = (request: BatchRequest) =>
        client.insist('create', (deps) => {
          const read: typeof deps.claims.read = async (keys) => (hidden ? [] : deps.claims.read(keys));
          const take: typeof deps.claims.take = async (claims) => {
            hidden = false;
            return deps.claims.take(claims);
          };
          return createBatch({ ...deps, claims: { ...deps.claims, read, take } }, request, undefined);
        });
      arm();
      const answer = await blind(claimingBoth(TWO, ['a', 'b', 'c', 'd'], 'reject'));
      // Recovery has removed everything that was left.
      await world.until(
        async () => (await world.deps.batches.read(TWO)) === undefined,
        300_000,
        async () => 'still there',
      );
      return answer;
    }),
  judge: async ({ world, paid, claims, answer }) => {
    expect(answer).toMatchObject({ code: 'DUPLICATE' });
    expect(paid).toEqual(['d']);
    const items = await world.items('PAYOUTS_TABLE');
    expect(items.filter(({ pk, sk }) => `${pk}`.startsWith('BATCH#two') && sk !== undefined)).toEqual([]);
    expect(claims).toBeGreaterThanOrEqual(2);
  },
});

await crashMatrix('a failure is retried whose id another batch has by now', {
  who: 'retry-failed',
  play: (plan) =>
    play(plan, async (world, client, arm) => {
      await world.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
      await create(client, claimingBoth(ONE, ['a', 'b', 'c'], 'reject'));
      await finish(world, ONE);
      await world.setBank({ mode: 'happy' });
      await create(client, claimingBoth(TWO, ['b'], 'skip'));
      await finish(world, TWO);
      arm();
      const answer = await client.insist('retry-failed', (deps) => retryFailed(deps, ONE));
      await finish(world, ONE);
      return answer;
    }),
  judge: async ({ world, paid }) => {
    expect(paid).toEqual(['a', 'b', 'c']);
    const { payouts } = await readAllPayouts(world.deps, ONE);
    expect(payouts[1]).toMatchObject({ status: 'failed', payout: { failure: { code: 'DUPLICATE' } } });
  },
});
