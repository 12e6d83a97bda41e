import { signedHeaders } from '../support/notifications.ts';
import type { Actor } from './client.ts';
import type { Knowledge } from './lifecycle-knowledge.ts';
import { Signal } from './signal.ts';
import type { SimulatedWorld } from './world.ts';

/**
 * The rail gives money back: of a payout that has just arrived, before the service knows that it is paid, or of an older one, often
 * while another one of the same chunk arrives. Sometimes it is only a part. It tells so until it is heard, and sometimes once more.
 */
export async function returning(world: SimulatedWorld, knowledge: Knowledge, actor: Actor): Promise<void> {
  const { rails, schedule } = world;
  const { chance } = actor;
  let latest: string | undefined;
  const arrivals = new Signal();
  rails.onArrival((instruction) => {
    latest = instruction;
    arrivals.happens();
  });
  for (let turn = chance.between(2, 8); turn > 0; turn -= 1) {
    await actor.pause(1_000, chance.oneOf([2_000, 5_000, 40_000]));
    const isAtArrival = chance.isTrue(0.5);
    if (isAtArrival) await Promise.race([arrivals.next(), actor.pause(30_000, 30_000)]);
    const moved = rails.audit
      .instructions({ prefix: '' })
      .instructions.filter(({ moves, instruction }) => moves > 0 && !knowledge.returnedInPart.has(instruction));
    const beside = moved.filter(
      ({ instruction }) => instruction !== latest && chunkOf(instruction) === chunkOf(`${latest}`),
    );
    const row =
      (isAtArrival ? chance.oneOf(beside) : undefined) ??
      moved.find(({ instruction }) => instruction === latest && chance.isTrue(0.6)) ??
      chance.oneOf(moved);
    const reference = row?.references.at(-1);
    if (!row || reference === undefined) continue;
    const code = 'AC04';
    const { instruction, currency } = row;
    const isPart = chance.isTrue(0.3);
    const amount_minor = isPart ? '7' : row.moved_minor;
    const given = { code, delayMs: 0, amountMinor: `${amount_minor}` };
    if ((await rails.ledger.giveBack(reference, given)) === undefined) continue;
    if (isPart) knowledge.returnedInPart.add(instruction);
    const returned_at = new Date(schedule.now).toISOString();
    const body = { type: 'transfer.returned', reference, amount_minor, currency, code, returned_at };
    const tell = () =>
      actor.ask('notify', { body, headers: signedHeaders(body, { id: `return-${turn}`, now: schedule.now }) });
    for (let times = 1, isHeard = false; times <= 40 && !isHeard; times += 1) {
      const reply = await tell();
      isHeard = reply?.status === 202;
      if (isHeard && isPart) await redrive(world, actor, `return-${turn}`, reply?.body as Told);
      else if (isHeard) knowledge.returned.add(instruction);
      else await actor.pause(1_000, 4_000);
    }
    if (chance.isTrue(0.3)) await tell();
  }
}

const chunkOf = (instruction: string) => instruction.slice(0, instruction.lastIndexOf('.'));

type Told = { readonly status: string; readonly reason: string | null };

/** A part becomes a dead letter at once, and stays one: only a person can decide about it. */
async function redrive(world: SimulatedWorld, actor: Actor, notification_id: string, told: Told): Promise<void> {
  const judge = ({ status, reason }: Told) => {
    if (status === 'dead_letter' && reason === 'AMOUNT_DIFFERS') return;
    world.find(`${notification_id} gives a part back, and is ${status} because of ${reason}`);
  };
  judge(told);
  if (actor.chance.isTrue(0.5)) return;
  const reply = await actor.ask('redriveNotification', { path: { notification_id } });
  if (reply?.status === 202 || reply?.status === 200) judge(reply.body as Told);
}
