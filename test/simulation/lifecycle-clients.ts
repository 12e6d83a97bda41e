import type { BatchStatus } from '../../lib/payouts/batch.ts';
import { isFinished } from '../../lib/payouts/batch.ts';
import { type Actor, isFinal } from './client.ts';
import { drawUpload } from './lifecycle-files.ts';
import type { Knowledge, Known } from './lifecycle-knowledge.ts';
import { judgeDryRun, lookUpOne, readRejected, tryDry } from './lifecycle-reads.ts';
import { drawBatch } from './lifecycle-requests.ts';
import { uploadFile } from './lifecycle-uploads.ts';
import type { Reply, SimulatedWorld } from './world.ts';

export type Created = {
  readonly status: BatchStatus;
  readonly total_count: number;
  readonly duplicates_count: number;
  readonly invalid_count: number;
};
type Report = Pick<Created, 'total_count' | 'invalid_count'> & {
  readonly duplicates: number;
  readonly duplicate_payouts: readonly unknown[];
};
export const REASON = { reason: 'sent by mistake' };
/** A request with a time that is over is refused. */
const TOO_LATE_MS = 30_000;
/** Numbers of the payouts that only uploads of this maker ask for. */
const FIRST = 1_000;

/** Creates batches, or uploads files, looks at them, and interferes with them. */
export async function maker(world: SimulatedWorld, knowledge: Knowledge, actor: Actor, nth: number): Promise<void> {
  const { chance } = actor;
  const name = MAKERS[nth] ?? '';
  for (let turn = chance.between(1, 3); turn > 0; turn -= 1) {
    if (chance.isTrue(UPLOADS)) {
      await uploadFile(world, knowledge, actor, drawUpload(chance, `${name}-${turn}`, FIRST * (nth + 1) + 100 * turn));
      continue;
    }
    const start_at = new Date(world.schedule.now + chance.between(5_000, 150_000)).toISOString();
    const when = chance.isTrue(0.3) ? { start_at } : { auto_start: chance.isTrue(0.9) };
    const known = knowledge.add(drawBatch(`${name}-${turn}`, chance, when));
    await create(world, knowledge, actor, known);
    for (let looks = chance.between(1, 5); looks > 0 && known.outcome === 'created'; looks -= 1) {
      await actor.pause(1, chance.oneOf([300, 2_000, 20_000]));
      await interfere(world, knowledge, actor, known);
      await look(world, actor, known);
    }
  }
}

export const MAKERS = ['red', 'blue', 'green', 'black'];
/** How many turns of makers are files. */
const UPLOADS = 0.25;

/** Repeats the request until its answer is final. Some clients give up when there is no answer. Some ask for a dry run before. */
export async function create(
  world: SimulatedWorld,
  knowledge: Knowledge,
  actor: Actor,
  known: Known,
  mayTry = true,
): Promise<void> {
  const { body } = known.asked;
  const until = body.start_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(body.start_at) + TOO_LATE_MS;
  const dry = mayTry && actor.chance.isTrue(0.25) ? await tryDry(knowledge, actor, known) : undefined;
  let wasAnswered = true;
  for (let times = 1; times <= 40 && world.schedule.now < until; times += 1) {
    const reply = await actor.ask('createBatch', { body });
    if (times === 1 && dry && reply) judgeDryRun(world, knowledge, known, dry, reply);
    if (reply?.status === 201) return judgeCreated(world, known, reply);
    if (reply && isFinal(reply)) return judgeRefused(world, actor, known, wasAnswered);
    wasAnswered &&= reply !== undefined;
    if (!reply && actor.chance.isTrue(0.2)) return;
    await actor.pause(100, 4_000);
  }
}

function judgeCreated(world: SimulatedWorld, known: Known, { body }: Reply): void {
  known.outcome = 'created';
  const { total_count, duplicates_count, invalid_count } = body as Created;
  const { payouts } = known.asked;
  const invalid = payouts.filter((payout) => !payout).length;
  if (invalid_count !== invalid || total_count + duplicates_count + invalid !== payouts.length) {
    const what = `${total_count} stored, ${duplicates_count} duplicates, ${invalid_count} invalid`;
    world.find(`${known.asked.body.batch_id} of ${payouts.length} payouts, ${invalid} of them invalid: ${what}`);
  }
}

/** A request that got no answer may still be at work. If the answer of a write was lost, recovery deletes the batch. */
async function judgeRefused(world: SimulatedWorld, actor: Actor, known: Known, wasAnswered: boolean): Promise<void> {
  known.outcome = 'refused';
  const { batch_id } = known.asked.body;
  if (!wasAnswered) return;
  const left = (await actor.ask('getBatch', { path: { batch_id } }))?.body as Partial<Created> | undefined;
  if (left?.status && left.status !== 'discarding') world.find(`${batch_id} was refused, and is ${left.status}`);
}

async function look(world: SimulatedWorld, actor: Actor, known: Known): Promise<void> {
  const { body, payouts } = known.asked;
  const path = { batch_id: body.batch_id };
  if (actor.chance.isTrue(0.3)) await lookUpOne(world, actor, known);
  if (payouts.includes(undefined) && actor.chance.isTrue(0.5)) await readRejected(world, actor, known);
  if (actor.chance.isTrue(0.4)) return;
  const reply = await actor.ask('getReport', { path });
  if (reply?.status !== 200) return;
  const { total_count, duplicates, invalid_count, duplicate_payouts } = reply.body as Report;
  const isWhole =
    total_count + duplicates + invalid_count === payouts.length && duplicate_payouts.length === duplicates;
  if (!isWhole) world.find(`${path.batch_id}: ${total_count} + ${duplicates} of ${payouts.length} payouts reported`);
}

async function interfere(world: SimulatedWorld, knowledge: Knowledge, actor: Actor, known: Known): Promise<void> {
  const { chance } = actor;
  const path = { batch_id: known.asked.body.batch_id };
  const seen = (await actor.ask('getBatch', { path }))?.body as Created | undefined;
  if (!seen?.status) return;
  if (seen.status === 'scheduled' && chance.isTrue(0.5)) return reschedule(world, knowledge, actor, known);
  const drawn = chance.next();
  if (isFinished(seen.status) && drawn < 0.8) {
    touch(known);
    await actor.ask('retryFailed', { path });
  } else if (drawn < 0.15) {
    touch(known);
    await actor.ask(chance.oneOf(['startBatch', 'stopBatch'] as const), { path });
  } else if (drawn < 0.35) {
    touch(known);
    const reply = await actor.ask('cancelBatch', { path, body: REASON });
    if (reply?.status === 202) known.cancelledAt = world.schedule.now;
  } else if (drawn < 0.7) await cancelOne(world, knowledge, actor, path);
}

/** From now on it may be sent at any time. */
export function touch(known: Known): void {
  known.isTouched = true;
  known.notBefore = 0;
  known.cancelledAt = Number.POSITIVE_INFINITY;
}

async function cancelOne(
  world: SimulatedWorld,
  knowledge: Knowledge,
  actor: Actor,
  path: { batch_id: string },
): Promise<void> {
  const listed = (await actor.ask('listPayouts', { path }))?.body as
    | { readonly payouts?: readonly { payout_id: string }[] }
    | undefined;
  const payout_id = actor.chance.oneOf(listed?.payouts ?? [])?.payout_id;
  if (payout_id === undefined) return;
  const reply = await actor.ask('cancelPayout', { path: { payout_id }, body: REASON });
  if (reply?.status !== 202) return;
  const isOver = (reply.body as { status: string }).status === 'cancelled';
  knowledge.cancelled.set(payout_id, { at: world.schedule.now, isOver });
}

/** Some clients change the time when it has come, while recovery is about to start the batch. */
async function reschedule(world: SimulatedWorld, knowledge: Knowledge, actor: Actor, known: Known): Promise<void> {
  const isRace = actor.chance.isTrue(0.6);
  if (isRace) {
    const left = Math.max(0, known.notBefore - world.schedule.now);
    if (left > 60_000) return;
    await world.schedule.sleep(left);
    await knowledge.recoveryBegins.next();
    await actor.pause(0, 60);
  }
  const at = world.schedule.now + actor.chance.between(isRace ? 30_000 : 5_000, 100_000);
  const body = { start_at: new Date(at).toISOString() };
  known.notBefore = Math.min(known.notBefore, at);
  const reply = await actor.ask('scheduleBatch', { path: { batch_id: known.asked.body.batch_id }, body });
  if (reply?.status === 200 && !known.isTouched) known.notBefore = at;
}
