import { range } from 'es-toolkit';
import { expect, it } from 'vitest';
import type { SealDeps } from '../../lib/audit/ports.ts';
import { sealEvents } from '../../lib/audit/seal-events.ts';
import { Seals } from '../../scripts/verify/seals.ts';
import { CrashPlan, type Observer, Process } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { givenAStack, itemsOf } from '../support/database.ts';
import { PUBLIC_KEY, SealWorld } from '../support/seal-world.ts';

const database = await givenAStack();
const MINUTE_MS = 60_000;

/** Each call of a port is an await of the crash matrix, each block of the list too. */
function sealer(world: SealWorld, plan: CrashPlan, role: string, beforeAwait?: Observer): Process<SealDeps> {
  const special = ({ chain }: SealDeps, process: Process<SealDeps>): Partial<SealDeps> => ({
    chain: {
      ...process.port(chain, (method) => `chain.${method}`),
      listed: (since) => process.stream('chain.listed', chain.listed(since)),
    },
  });
  return new Process(world.deps, role, [plan], beforeAwait ? { special, beforeAwait } : { special });
}

async function judge(world: SealWorld, ids: readonly string[]): Promise<void> {
  const sealed = await world.sealedIds();
  expect(sealed.toSorted()).toEqual(ids.toSorted());
  const seals = new Seals();
  await seals.read(world.deps.chain, PUBLIC_KEY);
  for (const item of await itemsOf(world.dynamo, world.settings.EVENTS_TABLE)) seals.addItem(item);
  expect(seals.differences(world.now)).toEqual([]);
}

/** Events in three blocks, one of them late. The next run is two minutes later. */
async function playOne(plan: CrashPlan) {
  const world = await SealWorld.open(database);
  const before = await world.happen(2);
  await world.seal();
  const events = [...(await world.happen(6)), ...(await world.happen(1, world.now - 90_000))];
  const old = await world.happen(1, world.now - 30 * MINUTE_MS);
  world.now += 150 * MINUTE_MS; // so that the run reads older events a second time
  plan.arm();
  const run = await sealer(world, plan, 'sealer').run((deps) => sealEvents(deps, world.now + MINUTE_MS));
  await world.seal(2 * MINUTE_MS);
  const after = await world.happen(1);
  await world.seal();
  return { world, run, ids: [...before, ...events, ...old, ...after].map(({ id }) => id) };
}

await crashMatrix('the sealer', {
  play: playOne,
  judge: async ({ world, run, ids }, _undisturbed, crash) => {
    expect(run.kind).toBe(crash ? 'died' : 'returned');
    await judge(world, ids);
  },
});

/** Before the await with this number, another run seals everything: the rule fired twice. */
async function playTwo(nth: number) {
  const world = await SealWorld.open(database);
  const events = await world.happen(10);
  world.now += MINUTE_MS;
  const work = (deps: SealDeps) => sealEvents(deps, world.now + MINUTE_MS);
  let awaits = 0;
  const beforeAwait = async () => {
    awaits += 1;
    if (awaits === nth) await work(world.deps);
  };
  const run = await sealer(world, new CrashPlan(), 'sealer', beforeAwait).run(work);
  if (run.kind === 'threw') throw run.error;
  return { world, awaits, ids: events.map(({ id }) => id) };
}

const { awaits } = await playTwo(Number.POSITIVE_INFINITY);
it.for(range(1, awaits + 1))(
  'two sealers make one chain if the second runs before await %d of the first',
  async (nth) => {
    const { world, ids } = await playTwo(nth);
    await judge(world, ids);
    await world.seal();
    await judge(world, ids);
  },
);
