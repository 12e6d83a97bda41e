import { httpBank } from '../../lib/dependencies/rails.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';
import { payoutCrashes, type Scenario } from '../support/payout-crashes.ts';
import { railWith } from '../support/rail.ts';
import { type Client, once, requestFor, workOnce, workUntil } from '../support/scenario.ts';
import { settings } from '../support/settings.ts';
import type { World } from '../support/world.ts';

/** One call at a time, so that a scenario with a crash is the same in each run. */
const options = { settings: { PAYOUT_CHUNK_SIZE: 2, BANK_MAX_IN_FLIGHT: 1 } };
const create = async (_world: World, client: Client) => void (await client.create(requestFor(2)));

/** Attempts 1 and 2 are refused. From the third on the bank behaves as given, and processes crash. */
function lastAttempt(name: string, behaviour: Record<string, unknown>): Scenario {
  return {
    name: `the last allowed attempt ${name}`,
    options,
    from: 'send b.0001.000001.3',
    given: (world) => world.setBank({ mode: 'declined', code: 'RATE_LIMITED' }),
    when: async (world, client) => {
      once(world, 'send b.0001.000001.3', () => world.setBank(behaviour));
      await create(world, client);
    },
  };
}

/** A worker crashed with its lease after the bank had paid its instruction. */
function takeover(name: string, behaviour: Record<string, unknown>): Scenario {
  return {
    name: `a worker takes over a chunk after the first one paid and ${name}`,
    options,
    given: async (world, client) => {
      world.hasWorkers = false;
      await world.setBank(behaviour);
      await client.create(requestFor(2));
      await workUntil(world, 'after', 'send b.0001.000001.1');
    },
    when: async (world) => {
      await world.setBank({ mode: 'happy' });
      world.hasWorkers = true;
    },
  };
}

/** Until the first outcome is written, sends go to a port without a listener, so that real calls never arrive. */
function deadLine(deps: PayoutDeps, world: World): PayoutDeps {
  const unreachable = httpBank(settings({ BANK_URL: 'http://127.0.0.1:9' }));
  const { bank } = deps;
  return {
    ...deps,
    bank: railWith(bank, {
      send: (instruction, may) => (linesDown.has(world) ? unreachable : bank).send(instruction, may),
    }),
  };
}
const linesDown = new WeakSet<World>();

await payoutCrashes([
  {
    name: 'the bank answers 500 and no look-ups, then recovers',
    who: 'worker',
    options,
    given: (world) => world.setBank({ mode: '500', lookups: 'down' }),
    when: async (world, client) => {
      once(world, 'commitOutcomes 1', () => world.setBank({ mode: 'happy', lookups: 'ok' }));
      await create(world, client);
    },
  },
  {
    name: 'the first calls never reach the bank',
    who: 'worker',
    options: { ...options, adjust: deadLine },
    when: async (world, client) => {
      linesDown.add(world);
      once(world, 'commitOutcomes 1', async () => linesDown.delete(world));
      await create(world, client);
    },
  },
  lastAttempt('succeeds', { mode: 'happy' }),
  lastAttempt('is refused too', { mode: 'declined', code: 'INSUFFICIENT_FUNDS' }),
  lastAttempt('ends in a 500 that may have paid', { mode: '500' }),
  {
    name: 'a person asks for an earlier look-up',
    who: 'look-up',
    options,
    given: async (world, client) => {
      world.hasWorkers = false;
      await world.setBank({ mode: '500', lookups: 'down' });
      await create(world, client);
      await workOnce(world);
      await world.setBank({ mode: 'happy', lookups: 'ok' });
    },
    when: async (world, client) => {
      await client.lookUp(1, 1);
      world.hasWorkers = true;
    },
  },
  takeover('received an answer', { mode: 'happy' }),
  takeover('received an unreadable answer', { mode: 'garbage' }),
]);
