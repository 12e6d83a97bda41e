import { expect } from 'vitest';
import type { NotificationStatus } from '../../lib/payouts/notification.ts';
import { type Client, expectSoundEnd, finish, requestFor } from './scenario.ts';
import type { World } from './world.ts';

/** A batch whose payouts are paid. From now on the rail may give money back. */
export async function givenPaid(world: World, client: Client, payouts = 3): Promise<void> {
  world.hasReturns = true;
  await client.create(requestFor(payouts));
  await finish(world);
}

export async function notificationsIn({ deps }: World, status: NotificationStatus) {
  return (await deps.notifications.list(status, { limit: 50 })).items;
}

/** Waits until no notification waits. Those that match no payout are dead letters for these reasons. */
export async function expectApplied(world: World, misfits: readonly string[] = []): Promise<void> {
  const hasEnded = async () => (await notificationsIn(world, 'waiting')).length === 0;
  await world.until(hasEnded, 5 * 60_000, async () => 'a notification waits');
  expect((await notificationsIn(world, 'dead_letter')).map(({ misfit }) => misfit)).toEqual(misfits);
  await expectSoundEnd(world, 6);
}
