import { type Batch, isFinished } from '../../lib/payouts/batch.ts';
import { batchOf } from '../../lib/payouts/dynamo-batch-items.ts';
import { duplicatesOf } from '../../lib/payouts/dynamo-claim-items.ts';
import { payoutOf } from '../../lib/payouts/dynamo-payout-items.ts';
import { type PayoutId, placeOf } from '../../lib/payouts/ids.ts';
import type { Payout } from '../../lib/payouts/payout.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { batchesIn, differencesInBatch } from '../../scripts/verify/payouts-checks.ts';
import { nameOfFile } from './lifecycle-files.ts';
import { knowledgeOf } from './lifecycle-knowledge.ts';
import type { AskedPayout } from './lifecycle-requests.ts';
import { judgeUploads } from './lifecycle-uploads-judge.ts';
import type { SimulatedWorld } from './world.ts';

/** Asked for when all others have ended: they get what nobody has paid. */
export const LAST = ['last-pix', 'last-own'];

type Payouts = ReadonlyMap<string, Payout>;

export async function judgeLifecycle(world: SimulatedWorld, isOver: boolean): Promise<void> {
  const items = await world.items('PAYOUTS_TABLE');
  const batches = batchesIn(items);
  for (const [id, own] of batches) {
    const ledger = world.rails.audit.instructions({ prefix: `${id}.` }).instructions;
    for (const { check, message } of differencesInBatch(id, { ...own, ledger }, world.schedule.now)) {
      // The rail may not have been heard yet.
      if (isOver || check !== 'returned') world.find(message);
    }
  }
  const payouts: Payouts = new Map(
    [...batches.values()].flatMap((own) => own.payouts.map(payoutOf)).map((payout) => [payout.id, payout]),
  );
  const knowledge = knowledgeOf(world);
  judgeLedger(world, payouts);
  const headers = items.filter(({ sk }) => sk === 'BATCH').map(batchOf);
  for (const batch of headers) judgeBatch(world, batch, isOver);
  await judgeUploads(world, headers, [...payouts.values()], isOver);
  for (const id of knowledge.returnedInPart) {
    if (payouts.get(id)?.status === 'returned') world.find(`only a part of ${id} was given back, and it is returned`);
  }
  if (!isOver) return;
  for (const [id, { outcome }] of knowledge.batches) {
    if (outcome === 'refused' && batches.has(id)) world.find(`${id} was refused, and is stored`);
    if (outcome === 'created' && !batches.has(id)) world.find(`${id} was created, and is gone`);
  }
  for (const { pk, sk } of items.filter(({ pk }) => `${pk}`.endsWith('#REJECTED'))) {
    const id = `${pk}`.split('#')[1] ?? '';
    if (!batches.has(id)) world.find(`${pk} ${sk} is left of a batch that was refused`);
  }
  for (const id of knowledge.returned) {
    const { status } = payouts.get(id) ?? {};
    if (status !== 'returned') world.find(`${id} is ${status}, and the rail has given its money back`);
  }
  judgeDuplicates(world, items, payouts);
}

/** What clients asked for is paid in its amount, and no key twice, whatever claims are stored: the ledger and the requests tell. */
function judgeLedger(world: SimulatedWorld, payouts: Payouts): void {
  const paid = new Map<string, string>();
  for (const { instruction, moves, moved_minor } of world.rails.audit.instructions({ prefix: '' }).instructions) {
    if (moves === 0 || payouts.get(instruction)?.status === 'returned') continue;
    const asked = askedFor(world, instruction, payouts);
    if (asked && asked.minor !== `${moved_minor}`) {
      world.find(`${instruction} was paid with ${moved_minor}, and ${asked.minor} was asked for`);
    }
    for (const key of asked?.keys ?? []) {
      const other = paid.get(key);
      if (other !== undefined) world.find(`${key} was paid by ${other} and by ${instruction}`);
      paid.set(key, instruction);
    }
  }
}

/** The entry of a request, or the row of a file, that a payout was made of. */
function askedFor(world: SimulatedWorld, id: string, payouts: Payouts): AskedPayout | undefined {
  const { batchId, position } = placeOf(id as PayoutId);
  const knowledge = knowledgeOf(world);
  const batch = knowledge.batches.get(batchId);
  if (batch) return batch.asked.payouts[position - 1];
  const payout = payouts.get(id);
  const file = knowledge
    .uploadOf(batchId)
    ?.asked.files.find((_, index) => nameOfFile(index + 1) === payout?.payee.name);
  return file?.rows.find((row) => row && `own-${row.nth}` === payout?.externalId);
}

function judgeBatch(world: SimulatedWorld, { id, status, run, claims }: Batch, isOver: boolean): void {
  const knowledge = knowledgeOf(world);
  const batch = knowledge.batches.get(id);
  if (batch && !batch.isTouched && run > 1 && !LAST.includes(id)) world.find(`${id} was started ${run} times`);
  // Nothing waits for a batch without claims that its client has given up.
  const isGivenUp = status === 'creating' && !claims && batch?.outcome === 'unknown';
  const upload = knowledge.uploadOf(id)?.stored;
  const isDropped = status === 'rejected' && (upload?.status === 'FAILED' || upload?.phase === 'dropped');
  if (isOver && !isFinished(status) && !isGivenUp && !isDropped) world.find(`${id} is still ${status}`);
}

/** What a batch lacks is in another one; what the last batches lack was paid. */
function judgeDuplicates(world: SimulatedWorld, items: readonly Item[], payouts: Payouts): void {
  const stored = new Set([...payouts.keys()].flatMap((id) => askedFor(world, id, payouts)?.keys ?? []));
  for (const item of items.filter(({ sk }) => sk === 'DUPLICATES')) {
    const batch = `${item.pk}`.split('#')[1] ?? '';
    for (const { key, holder } of duplicatesOf(item).duplicates) {
      if (!stored.has(key.value)) world.find(`${batch} lacks ${key.value}, and no batch has it`);
      // Within its own request, the first one has it, and may have failed since.
      const status = payouts.get(holder)?.status ?? 'not stored';
      if (status !== 'completed' && LAST.includes(batch) && placeOf(holder).batchId !== batch) {
        world.find(`${batch} lacks ${key.value} because of ${holder}, which is ${status}`);
      }
    }
  }
}
