import { isEqual, pick } from 'es-toolkit';
import { type PayoutId, placeOf } from '../../lib/payouts/ids.ts';
import { SEARCHED } from '../../lib/payouts/payout.ts';
import { type Actor, isFinal } from './client.ts';
import type { Knowledge, Known } from './lifecycle-knowledge.ts';
import { invalidName } from './lifecycle-requests.ts';
import type { Reply, SimulatedWorld } from './world.ts';

/** An index lags for less. */
const INDEXED_AFTER_MS = 4_000;

type Shown = { readonly payout_id: string; readonly status: string; readonly updated_at: string };
type Listed = { readonly payouts?: readonly Shown[]; readonly next_cursor?: string | null };

/** What a dry run has answered, and how many changes by others there were when it began. */
export type Dry = { readonly reply: Reply; readonly changes: number };

export async function tryDry(knowledge: Knowledge, actor: Actor, { asked }: Known): Promise<Dry | undefined> {
  const { body } = asked;
  const changes = knowledge.changesByOthers(body.batch_id);
  const reply = await actor.ask('createBatch', { body, query: { dry_run: 'true' } });
  return reply?.status === 200 ? { reply, changes } : undefined;
}

/** If nothing has changed meanwhile, the request does what its dry run has said. */
export function judgeDryRun(world: SimulatedWorld, knowledge: Knowledge, known: Known, dry: Dry, real: Reply): void {
  const { batch_id } = known.asked.body;
  // A request that meets itself, because the answer of a write was lost, is in progress.
  if (knowledge.changesByOthers(batch_id) > dry.changes || !isFinal(real)) return;
  const { error } = dry.reply.body as { error: { code: string } | null };
  const { error: refusal } = real.body as { error?: { code: string } };
  if (error?.code !== refusal?.code) {
    world.find(`${batch_id}: a dry run said ${error?.code ?? 'stored'}, then it was ${refusal?.code ?? 'stored'}`);
  }
  const counts = ({ body }: Reply) =>
    pick(body as Record<string, unknown>, ['total_count', 'duplicates_count', 'invalid_count', 'totals']);
  if (real.status === 201 && !isEqual(counts(dry.reply), counts(real))) {
    const [said, done] = [counts(dry.reply), counts(real)].map((each) => JSON.stringify(each));
    world.find(`${batch_id}: a dry run said ${said}, then it had ${done}`);
  }
}

/** A payout that a client sees is found by each of its keys, and by its status if it has had it for a while. */
export async function lookUpOne(world: SimulatedWorld, actor: Actor, { asked }: Known): Promise<void> {
  const { chance } = actor;
  const listed = (await actor.ask('listPayouts', { path: { batch_id: asked.body.batch_id } }))?.body as Listed;
  const searched = listed?.payouts?.filter(({ status }) => isSearched(status)) ?? [];
  const one = chance.oneOf(searched.length > 0 ? searched : (listed?.payouts ?? []));
  if (!one) return;
  const key = chance.oneOf(asked.payouts[placeOf(one.payout_id as PayoutId).position - 1]?.keys ?? []);
  if (key !== undefined) {
    const found = await findAll(actor, { [key.startsWith('sale-') ? 'transaction_id' : 'external_id']: key });
    if (found && !found.some(({ payout_id }) => payout_id === one.payout_id)) {
      world.find(`${one.payout_id} is not found by ${key}`);
    }
  }
  if (!isSearched(one.status)) return;
  await world.schedule.sleep(INDEXED_AFTER_MS);
  const found = await findAll(actor, { status: one.status });
  const now = (await actor.ask('getPayout', { path: { payout_id: one.payout_id } }))?.body as Shown | undefined;
  const isSame = now?.status === one.status && now.updated_at === one.updated_at;
  if (found && isSame && !found.some(({ payout_id }) => payout_id === one.payout_id)) {
    world.find(`${one.payout_id} is not found among those that are ${one.status}`);
  }
}

const isSearched = (status: string) => (SEARCHED as readonly string[]).includes(status);

/** All pages. @returns undefined if one got no answer */
export async function findAll(actor: Actor, query: Record<string, string>): Promise<readonly Shown[] | undefined> {
  const found: Shown[] = [];
  let cursor: string | undefined;
  do {
    const reply = await actor.ask('findPayouts', { query: { ...query, ...(cursor ? { cursor } : {}) } });
    if (reply?.status !== 200) return undefined;
    const { payouts = [], next_cursor } = reply.body as Listed;
    found.push(...payouts);
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

/** When nothing changes any more, the look-up by a status finds all payouts that have it. */
export async function judgeFound(world: SimulatedWorld, actor: Actor): Promise<void> {
  const items = (await world.items('PAYOUTS_TABLE')).filter(({ sk }) => `${sk}`.startsWith('PAYOUT#'));
  for (const status of SEARCHED) {
    const found = await findAll(actor, { status });
    const stored = items.filter((item) => item.status === status).length;
    const different = new Set(found?.map(({ payout_id }) => payout_id)).size;
    if (found && different !== stored) world.find(`${different} payouts are found that are ${status}, not ${stored}`);
  }
}

/** The caller gets the invalid entries back, and no others. */
export async function readRejected(world: SimulatedWorld, actor: Actor, { asked }: Known): Promise<void> {
  const { batch_id } = asked.body;
  const reply = await actor.ask('getRejectedEntries', { path: { batch_id } });
  if (reply?.status !== 200) return;
  const named = [...`${reply.body}`.matchAll(/\binvalid-\d+\b/g)].map(([name]) => name);
  const sent = asked.payouts.flatMap((payout, index) => (payout ? [] : [invalidName(index)]));
  if (!isEqual(named, sent)) world.find(`${batch_id}: rejected.csv has ${named}, but ${sent} are invalid`);
}
