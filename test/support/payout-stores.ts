import type { Currency } from '../../lib/kernel/money.ts';
import type { NewChunk } from '../../lib/payouts/batch-store.ts';
import { totalsOf } from '../../lib/payouts/chunk.ts';
import { dynamoBatches, dynamoBatchState } from '../../lib/payouts/dynamo-batches.ts';
import { dynamoChunks } from '../../lib/payouts/dynamo-chunks.ts';
import { type BatchId, payoutId } from '../../lib/payouts/ids.ts';
import type { Payout } from '../../lib/payouts/payout.ts';
import { firstReference } from '../../lib/rail/attempt.ts';
import { aPayout } from './builders.ts';
import type { Database } from './database.ts';
import { documentClient } from './database.ts';
import { eventsOf } from './outbox.ts';
import { SECRETS } from './secrets.ts';

export const ID = 'batch-1' as BatchId;
export const NOW = Date.UTC(2026, 0, 1);

/** The stores of batches and chunks, with tables of their own. */
export async function givenStores(database: Database, client = documentClient()) {
  const [table, eventsTable] = [await database.newTable(), await database.newTable('EventsTable')];
  return {
    batches: dynamoBatches(client, { payouts: table, events: eventsTable, access: 'none', imports: 'none' }, SECRETS),
    events: () => eventsOf(client, eventsTable),
    chunks: dynamoChunks(client, { payouts: table, events: eventsTable }, SECRETS),
    look: dynamoBatchState(client, table),
  };
}

/** A chunk of payouts that are pending. */
export function newChunk(number: number, size: number): NewChunk {
  const payouts = Array.from({ length: size }, (_, index): Payout => {
    const id = payoutId({ batchId: ID, chunk: number, position: (number - 1) * size + index + 1 });
    const payee = { id: `vendor-${number}-${index}`, name: 'Vendör "Nº 1"' };
    const money = { minor: 9_007_199_254_740_991n, currency: 'IDR' as Currency };
    return aPayout({ id, reference: firstReference(id), externalId: payee.id, payee, money });
  });
  return { chunk: { batchId: ID, number, size, run: 0, rounds: 0, dueAt: 0, ...totalsOf(payouts) }, payouts };
}
