import { expect } from 'vitest';
import { expectQuiet, expectSoundEnd, finish, statusesOf } from './scenario.ts';
import type { World } from './world.ts';

/** Lets virtual time pass until the batch has finished. Its payouts have these statuses, and reached the bank once at most. */
export async function expectEnd(world: World, statuses: readonly string[]): Promise<void> {
  await finish(world);
  await expectQuiet(world);
  expect(await statusesOf(world)).toEqual(statuses);
  await expectSoundEnd(world, 1);
}
