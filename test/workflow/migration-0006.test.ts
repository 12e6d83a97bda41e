import { expect, it } from 'vitest';
import { migrationFiles } from '../../scripts/migrate/files.ts';
import { givenAStack } from '../support/database.ts';
import { NOW } from '../support/events-world.ts';
import { Data } from '../support/migrations.ts';
import { SealWorld } from '../support/seal-world.ts';

const VERSION = 6;
const database = await givenAStack();
const DAY_MS = 24 * 60 * 60_000;
const ids = (events: readonly { id: string }[]) => events.map(({ id }) => id);

async function migrate({ settings }: SealWorld): Promise<void> {
  const file = migrationFiles()[VERSION - 1];
  const tables: Record<string, string> = { events: settings.EVENTS_TABLE, seals: settings.SEALS_TABLE };
  const data = await Data.given(database, ['system']);
  const context = {
    client: data.client,
    table: (name: string) => tables[name] ?? '',
    log: () => {},
    progress: () => {},
  };
  await (await file?.load())?.up(context as never);
}

it.each([
  ['before', 0],
  ['after', 3],
])('seals earlier events if it runs %s the sealer', async (_name, runs) => {
  const world = await SealWorld.open(database);
  const earlier = [...(await world.happen(3, NOW - 40 * DAY_MS)), ...(await world.happen(3, NOW - 2 * DAY_MS))];
  const recent = await world.happen(2);
  for (let run = 0; run < runs; run += 1) await world.seal();
  expect((await world.sealedIds()).toSorted()).toEqual(runs === 0 ? [] : ids(recent).toSorted());
  await migrate(world);
  await migrate(world); // again, as after a crash
  await world.seal();
  await world.seal();
  expect((await world.sealedIds()).toSorted()).toEqual(ids([...earlier, ...recent]).toSorted());
});

it('changes nothing if there are no events', async () => {
  const world = await SealWorld.open(database);
  await migrate(world);
  expect(await world.deps.chain.head()).toBeUndefined();
});
