import { signedHeaders } from '../support/notifications.ts';
import type { Actor } from './client.ts';
import type { Knowledge } from './lifecycle-clients.ts';
import type { SimulatedWorld } from './world.ts';

/**
 * The rail gives money back: of a payout that has just arrived, before the service knows that it is paid, or of an older one. It
 * tells so until it is heard, and sometimes once more.
 */
export async function returning(world: SimulatedWorld, knowledge: Knowledge, actor: Actor): Promise<void> {
  const { rails, schedule } = world;
  const { chance } = actor;
  let latest: string | undefined;
  rails.onArrival((instruction) => {
    latest = instruction;
  });
  for (let turn = chance.between(0, 8); turn > 0; turn -= 1) {
    await actor.pause(1_000, chance.oneOf([5_000, 40_000]));
    const moved = rails.audit.instructions({ prefix: '' }).instructions.filter(({ moves }) => moves > 0);
    const row = moved.find(({ instruction }) => instruction === latest && chance.isTrue(0.6)) ?? chance.oneOf(moved);
    const reference = row?.references.at(-1);
    if (!row || reference === undefined) continue;
    const code = 'AC04';
    if ((await rails.ledger.giveBack(reference, { code, delayMs: 0 })) === undefined) continue;
    const returned_at = new Date(schedule.now).toISOString();
    const { instruction, moved_minor: amount_minor, currency } = row;
    const body = { type: 'transfer.returned', reference, amount_minor, currency, code, returned_at };
    const tell = () =>
      actor.ask('notify', { body, headers: signedHeaders(body, { id: `return-${turn}`, now: schedule.now }) });
    for (let times = 1; times <= 40 && !knowledge.returned.has(instruction); times += 1) {
      if ((await tell())?.status === 202) knowledge.returned.add(instruction);
      else await actor.pause(1_000, 4_000);
    }
    if (chance.isTrue(0.3)) await tell();
  }
}
