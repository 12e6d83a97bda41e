import { expect } from 'vitest';
import { crashMatrix } from '../support/crash-matrix.ts';
import { type Client, once, reach, requestFor, workOnce, workUntil } from '../support/scenario.ts';
import type { World } from '../support/world.ts';

const options = { settings: { CHUNK_SIZE: 2 } };

/** Three minutes, recoveries included, in which nothing may reach the bank. */
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

await crashMatrix([
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
  {
    name: 'stop comes when a worker is about to send',
    options,
    from: 'send b.0001.000001.1',
    given: async (_world, client) => {
      await client.create(requestFor(2, { autoStart: false }));
    },
    when: async (world, client) => {
      once(world, 'send b.0001.000001.1', () => client.stop());
      await client.start();
      await staysStopped(world);
      await client.start();
    },
  },
]);
