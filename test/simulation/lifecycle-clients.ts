import type { BatchStatus } from '../../lib/payouts/batch.ts';
import { isFinished } from '../../lib/payouts/batch.ts';
import { type Actor, isFinal } from './client.ts';
import { type AskedBatch, drawBatch } from './lifecycle-requests.ts';
import { LATE_MS } from './rail.ts';
import type { SimulatedWorld } from './world.ts';

/** What clients have asked for and seen of one batch. */
export type Known = {
  readonly asked: AskedBatch;
  outcome: 'unknown' | 'created' | 'refused';
  /** Nothing arrives before this moment. */
  notBefore: number;
  /** Nothing arrives after this moment. */
  notAfter: number;
  /** Someone has started, retried or cancelled it. */
  isTouched: boolean;
};

/** All batches of a seed, and the payouts that were answered as cancelled. */
export class Knowledge {
  readonly batches = new Map<string, Known>();
  /** When their cancellation was answered, or until when they may arrive since. */
  readonly cancelled = new Map<string, number>();
  /** Whose money the rail has given back, and was heard. */
  readonly returned = new Set<string>();

  add(asked: AskedBatch): Known {
    const { batch_id, start_at } = asked.body;
    const notBefore = start_at === undefined ? 0 : Date.parse(start_at);
    const known: Known = {
      ...{ asked, outcome: 'unknown', notBefore, notAfter: Number.POSITIVE_INFINITY, isTouched: false },
    };
    this.batches.set(batch_id, known);
    return known;
  }
}

type Seen = { readonly status: BatchStatus; readonly total_count: number; readonly duplicates_count: number };
type Report = Pick<Seen, 'total_count'> & {
  readonly duplicates: number;
  readonly duplicate_payouts: readonly unknown[];
};
const REASON = { reason: 'sent by mistake' };
/** A request with a time that is over is refused. */
const TOO_LATE_MS = 30_000;

/** Creates a batch, looks at it, and interferes with it. */
export async function maker(world: SimulatedWorld, knowledge: Knowledge, actor: Actor, name: string): Promise<void> {
  const { chance } = actor;
  for (let turn = chance.between(1, 3); turn > 0; turn -= 1) {
    const start_at = new Date(world.schedule.now + chance.between(5_000, 150_000)).toISOString();
    const when = chance.isTrue(0.3) ? { start_at } : { auto_start: chance.isTrue(0.9) };
    const known = knowledge.add(drawBatch(`${name}-${turn}`, chance, when));
    await create(world, actor, known);
    for (let looks = chance.between(1, 6); looks > 0 && known.outcome === 'created'; looks -= 1) {
      await actor.pause(100, chance.oneOf([2_000, 20_000]));
      await interfere(world, knowledge, actor, known);
      await look(world, actor, known);
    }
  }
}

/** Repeats the request until its answer is final. Some clients give up when there is no answer. */
export async function create(world: SimulatedWorld, actor: Actor, known: Known): Promise<void> {
  const { body, keys } = known.asked;
  const path = { batch_id: body.batch_id };
  const until = body.start_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(body.start_at) + TOO_LATE_MS;
  let wasAnswered = true;
  for (let times = 1; times <= 40 && world.schedule.now < until; times += 1) {
    const reply = await actor.ask('createBatch', { body });
    if (reply?.status === 201) {
      known.outcome = 'created';
      const { total_count: stored, duplicates_count: left } = reply.body as Seen;
      if (stored + left !== keys.length) world.find(`${body.batch_id}: ${stored} + ${left} of ${keys.length} payouts`);
      return;
    }
    if (reply && isFinal(reply)) {
      known.outcome = 'refused';
      // A request that got no answer may still be at work. If the answer of a write was lost, recovery deletes the batch.
      const left = wasAnswered
        ? ((await actor.ask('getBatch', { path }))?.body as Partial<Seen> | undefined)
        : undefined;
      if (left?.status && left.status !== 'discarding')
        world.find(`${body.batch_id} was refused, and is ${left.status}`);
      return;
    }
    wasAnswered &&= reply !== undefined;
    if (!reply && actor.chance.isTrue(0.2)) return;
    await actor.pause(100, 4_000);
  }
}

async function look(world: SimulatedWorld, actor: Actor, { asked }: Known): Promise<void> {
  const path = { batch_id: asked.body.batch_id };
  const reply = await actor.ask('getReport', { path });
  if (reply?.status !== 200) return;
  const { total_count, duplicates, duplicate_payouts } = reply.body as Report;
  const isWhole = total_count + duplicates === asked.keys.length && duplicate_payouts.length === duplicates;
  if (!isWhole) world.find(`${path.batch_id}: ${total_count} + ${duplicates} of ${asked.keys.length} payouts reported`);
}

async function interfere(world: SimulatedWorld, knowledge: Knowledge, actor: Actor, known: Known): Promise<void> {
  const { chance } = actor;
  const path = { batch_id: known.asked.body.batch_id };
  const seen = (await actor.ask('getBatch', { path }))?.body as Seen | undefined;
  if (!seen?.status) return;
  if (seen.status === 'scheduled' && chance.isTrue(0.5)) return reschedule(world, actor, known);
  const drawn = chance.next();
  if (isFinished(seen.status) && drawn < 0.8) {
    touch(known);
    await actor.ask('retryFailed', { path });
  } else if (drawn < 0.15) {
    touch(known);
    await actor.ask(chance.oneOf(['startBatch', 'stopBatch'] as const), { path });
  } else if (drawn < 0.3) {
    touch(known);
    const reply = await actor.ask('cancelBatch', { path, body: REASON });
    if (reply?.status === 202) known.notAfter = world.schedule.now + underWayMs(world);
  } else if (drawn < 0.6) await cancelOne(world, knowledge, actor, path);
}

/** From now on it may be sent at any time. */
export function touch(known: Known): void {
  known.isTouched = true;
  known.notBefore = 0;
  known.notAfter = Number.POSITIVE_INFINITY;
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
  knowledge.cancelled.set(payout_id, world.schedule.now + (isOver ? 0 : underWayMs(world)));
}

/** How long something may arrive that a worker sent before it could see a change. If reads are slow, until its lease ends. */
function underWayMs({ gate, settings }: SimulatedWorld): number {
  const sentMs = settings.BANK_DEADLINE_MS + LATE_MS.transfers;
  return gate.faults.slow === 0 ? sentMs + 200 : settings.PAYOUT_CHUNK_LEASE_MS + sentMs;
}

async function reschedule(world: SimulatedWorld, actor: Actor, known: Known): Promise<void> {
  const at = world.schedule.now + actor.chance.between(5_000, 100_000);
  const body = { start_at: new Date(at).toISOString() };
  known.notBefore = Math.min(known.notBefore, at);
  const reply = await actor.ask('scheduleBatch', { path: { batch_id: known.asked.body.batch_id }, body });
  if (reply?.status === 200 && !known.isTouched) known.notBefore = at;
}
