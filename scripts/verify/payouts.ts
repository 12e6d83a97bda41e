import pMap from 'p-map';
import { type BatchId, parsePayoutId } from '../../lib/payouts/ids.ts';
import { batchKey, chunkPartition } from '../../lib/payouts/items.ts';
import type { Client } from '../client.ts';
import type { Difference, Item } from './difference.ts';
import { type Findings, many, type Place } from './domain.ts';
import { whatStays } from './looks.ts';
import { ASKING_THE_BANK, batchIdOf, differencesInBatch, PAYOUTS_CHECKS, type PayoutsCheck } from './payouts-checks.ts';

/** Batches in memory at once, of up to 15,000 payouts each. */
const BATCHES_AT_ONCE = 2;
const CHUNKS_AT_ONCE = 8;

/** By batch, the highest number of a chunk that has payouts. */
type Known = Map<string, number>;

/**
 * First the keys of the whole table, so that no item is missed, whatever batch it claims to be of; then batch by batch. What
 * this holds grows with the batches, and with the payouts of the two that are looked at.
 */
export async function examinePayouts(place: Place): Promise<Findings> {
  const { tables, bank, onProgress } = place;
  const known: Known = new Map();
  const strange: Difference<PayoutsCheck>[] = [];
  let payouts = 0;
  const onItem = (item: Item) => {
    const id = batchIdOf(item);
    if (id === undefined) {
      strange.push({ check: 'readable', id: `${item.pk}`, says: `${item.pk} ${item.sk}: there are no such items` });
      return;
    }
    const [, chunk = 0] = `${item.pk}`.split('#').slice(1).map(Number);
    if (chunk > 0) payouts += 1;
    known.set(id, Math.max(known.get(id) ?? 0, chunk));
  };
  await tables.scan('payouts', { attributes: ['pk', 'sk'], onItem, onProgress });

  /** Header, chunks, payouts, ledger: each tells of what the next ones have caused. */
  const examine = async (id: string): Promise<readonly Difference<PayoutsCheck>[]> => {
    const header = await tables.get('payouts', batchKey(id as BatchId));
    const chunks = await tables.query('payouts', `BATCH#${id}`, 'CHUNK#');
    const last = Math.max(known.get(id) ?? 0, chunks.length);
    const read = (_: unknown, index: number) =>
      tables.query('payouts', chunkPartition(id as BatchId, index + 1), 'PAYOUT#');
    const own = await pMap(Array.from({ length: last }), read, { concurrency: CHUNKS_AT_ONCE });
    const ledger = await bank?.ledger(id);
    return differencesInBatch(id, { header, chunks, payouts: own.flat(), ledger });
  };
  const differences = await whatStays(async (suspects = new Set(known.keys())) =>
    (await pMap(suspects, examine, { concurrency: BATCHES_AT_ONCE })).flat(),
  );
  return {
    looked: `${many(payouts, 'payout')} in ${many(known.size, 'batch', 'batches')}`,
    checks: PAYOUTS_CHECKS,
    differences: [...strange, ...differences],
    skipped: bank ? [] : ASKING_THE_BANK,
    notes: bank ? await elsewhere(place, bank, known) : [],
  };
}

/**
 * What the bank has moved for batches that this table does not have, also not now. That is no fault by itself: one bank may
 * serve several stages. If it serves only this one, these batches were lost.
 */
async function elsewhere({ tables }: Place, bank: Client, known: Known): Promise<string[]> {
  const moved = new Map<BatchId, number>();
  for await (const rows of bank.instructionPages('')) {
    for (const { instruction, moves } of rows) {
      const batch = parsePayoutId(instruction)?.batchId;
      if (moves > 0 && batch !== undefined && !known.has(batch)) moved.set(batch, (moved.get(batch) ?? 0) + 1);
    }
  }
  for (const { id } of await tables.getAll('payouts', [...moved.keys()].map(batchKey))) moved.delete(id as BatchId);
  return [...moved].map(
    ([id, payouts]) =>
      `the bank has moved ${many(payouts, 'payout')} of batch ${id}, which this table does not have: another stage's, or lost`,
  );
}
