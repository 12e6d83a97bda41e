import { isOpen } from '../../lib/payouts/chunk.ts';
import { aPrincipal } from '../support/http.ts';
import { givenRetryableFailures, payoutCrashes, type Scenario } from '../support/payout-crashes.ts';
import {
  BATCH,
  type Client,
  finish,
  once,
  PATIENCE_MS,
  reach,
  requestFor,
  workOnce,
  workUntil,
} from '../support/scenario.ts';
import type { World } from '../support/world.ts';

/** One call at a time, so that a scenario with a crash is the same in each run. */
const settings = { PAYOUT_CHUNK_SIZE: 2, BANK_MAX_IN_FLIGHT: 1 };
const options = { settings };
const limited = { settings, principal: () => aPrincipal({ limits: { maxPerDay: { IDR: '400006' } } }) };

async function created(_world: World, client: Client): Promise<void> {
  await client.create(requestFor(2, { autoStart: false }));
}

/** A worker that died has sent the first payout. */
async function partlySent(world: World, client: Client): Promise<void> {
  world.hasWorkers = false;
  await client.create(requestFor(2));
  await workUntil(world, 'after', 'send b.0001.000001.1');
}

async function cancelThenWork(world: World, client: Client): Promise<void> {
  await client.cancel();
  world.hasWorkers = true;
}

/** The client cancels a payout at this await of a worker. */
function cancelComes(name: string, at: string, who: string): Scenario {
  return {
    who,
    name: `a cancel of a payout comes when a worker ${name}`,
    options,
    from: at,
    given: created,
    when: async (world, client) => {
      once(world, at, () => client.cancelPayout(1, 2));
      await client.start();
      await finish(world);
    },
  };
}

await payoutCrashes([
  {
    name: 'a batch is cancelled before its start',
    who: 'cancel',
    options: limited,
    given: created,
    when: cancelThenWork,
  },
  {
    name: 'a batch is cancelled in progress',
    who: 'worker',
    options: limited,
    given: partlySent,
    when: cancelThenWork,
  },
  {
    name: 'a batch is cancelled while a retry re-opens its failures',
    options: { settings: { ...settings, PAYOUT_MAX_ATTEMPTS: 1 } },
    who: 'cancel',
    from: 'reopen 1',
    given: givenRetryableFailures,
    when: async (world, client) => {
      once(world, 'reopen 1', async () => {
        while (!(await world.deps.chunks.readAll(BATCH)).some(isOpen)) {} // the retry re-opens the other chunk at the same time
        await client.cancel();
      });
      await client.retryFailed();
      await finish(world);
    },
  },
  cancelComes('has read the state, and has no lease yet', 'lease 1', 'worker'),
  cancelComes('has its lease, and has sent nothing yet', 'readPayouts 1', 'cancel'),
  {
    name: 'a payout is cancelled that a dead worker may have sent',
    options,
    who: 'worker',
    given: partlySent,
    when: async (world, client) => {
      await client.cancelPayout(1, 1);
      await client.cancelPayout(1, 2);
      world.hasWorkers = true;
    },
  },
  {
    name: 'recovery ends cancelled payouts of a stopped batch, which a dead worker may have sent',
    options,
    who: 'recovery',
    given: async (world, client) => {
      await partlySent(world, client);
      await client.stop();
      await reach(world, (status) => status === 'stopped');
    },
    when: async (world, client) => {
      await client.cancelPayout(1, 1);
      await client.cancelPayout(1, 2);
      const isOpen = async () => (await world.deps.batches.listOpen()).length > 0;
      await world.until(
        async () => !(await isOpen()),
        PATIENCE_MS,
        async () => 'still in the list',
      );
      world.hasWorkers = true;
      await client.start();
    },
  },
  {
    name: 'the last open payouts of a batch are cancelled',
    options,
    who: 'cancel',
    given: async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(3));
      await workOnce(world);
    },
    when: async (world, client) => {
      await client.cancelPayout(2, 3);
      world.hasWorkers = true;
    },
  },
]);
