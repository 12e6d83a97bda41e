import { expect } from 'vitest';
import { payoutCrashes, type Scenario } from '../support/payout-crashes.ts';
import { type Client, once, reach, requestFor, workOnce, workUntil } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

/** One call at a time, so that a scenario with a crash is the same in each run. */
const options = { settings: { PAYOUT_CHUNK_SIZE: 2, BANK_MAX_IN_FLIGHT: 1 } };

/** For three minutes, with recovery running, nothing may reach the bank. */
async function staysStopped(world: World): Promise<void> {
  await reach(world, (status) => status === 'stopped');
  const before = await world.arrivals();
  await world.clock.sleep(180_000);
  expect(await world.arrivals()).toBe(before);
}

async function stopAndStart(world: World, client: Client): Promise<void> {
  await client.stop();
  world.hasWorkers = true;
  await staysStopped(world);
  await client.start();
}

/** The client stops the batch at this await of a worker, and starts it once it has stopped. */
function stopComes(name: string, at: string): Scenario {
  return {
    name: `stop comes when a worker ${name}`,
    options,
    from: at,
    given: async (_world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
    },
    when: async (world, client) => {
      once(world, at, () => client.stop());
      await client.start();
      await staysStopped(world);
      await client.start();
    },
  };
}

await payoutCrashes([
  {
    name: 'a batch is stopped between two chunks, and started again',
    options,
    given: async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(4));
      await workOnce(world);
    },
    when: stopAndStart,
  },
  {
    name: 'a batch is stopped while a dead worker still has a lease, and started again',
    options,
    given: async (world, client) => {
      world.hasWorkers = false;
      await client.create(requestFor(2));
      await workUntil(world, 'after', 'send b.0001.000001.1');
    },
    when: stopAndStart,
  },
  stopComes('has read the state, and has no lease yet', 'lease 1'),
  stopComes('has its lease, and has sent nothing yet', 'readPayouts 1'),
]);
