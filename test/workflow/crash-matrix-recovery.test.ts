import { createBatch } from '../../lib/payouts/create-batch.ts';
import { retryFailed } from '../../lib/payouts/retry-failed.ts';
import { givenRetryableFailures, payoutCrashes, type Scenario } from '../support/payout-crashes.ts';
import { BATCH, type Client, expectStuckOn, killByPoison, requestFor, workUntil } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

/** One call at a time, so that a scenario with a crash is the same in each run. */
const options = { settings: { PAYOUT_CHUNK_SIZE: 2, BANK_MAX_IN_FLIGHT: 1 } };

/** No client repeats the request of the crashed process: only recovery continues it. Then recovery crashes too. */
function recovers(name: string, given: NonNullable<Scenario['given']>): Scenario {
  const when = async (world: World) => {
    world.hasWorkers = true;
  };
  return { name: `recovery continues ${name}`, who: 'recovery', options, given, when, arrivalsAllowed: 4 };
}

/** Four failures in two chunks. Unless `isSecondReached`, the second chunk is never re-opened. */
const retryDies =
  (what: string, isSecondReached = false) =>
  async (world: World, client: Client) => {
    await givenRetryableFailures(world, client);
    await world.dieAt('after', what, (deps) => {
      const reopen: typeof deps.chunks.reopen = (chunk, run, outcome) =>
        chunk.number === 1 || isSecondReached ? deps.chunks.reopen(chunk, run, outcome) : new Promise(() => {});
      return retryFailed({ ...deps, chunks: { ...deps.chunks, reopen } }, BATCH);
    });
  };

await payoutCrashes([
  recovers('with a batch whose messages are lost', async (world, client) => {
    world.hasWorkers = false;
    await client.create(requestFor(4));
    world.queue.loseEverything();
  }),
  recovers('with a batch that was to be started at once', (world) =>
    world.dieAt('after', 'markCreated', (deps) => createBatch(deps, requestFor(2), undefined)),
  ),
  recovers('with a chunk whose worker died and whose message is lost', async (world, client) => {
    world.hasWorkers = false;
    await client.create(requestFor(2));
    await workUntil(world, 'after', 'send b.0001.000002.1');
    world.queue.loseEverything();
  }),
  recovers('with a retry-failed that had only begun', retryDies('beginReopening')),
  recovers('with a retry-failed that had re-opened one chunk', retryDies('reopen 1')),
  recovers('with a retry-failed that had dispatched nothing', retryDies('endReopening', true)),
  {
    name: 'a dead-lettered chunk is redriven',
    who: 'redrive',
    options,
    given: async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      await killByPoison(world);
      world.hasWorkers = true;
      await expectStuckOn(world, 1);
    },
    when: async (_world, client) => {
      await client.redrive();
    },
  },
]);
