import { pick } from 'es-toolkit';
import type { TransactItem } from '../aws/transact.ts';
import { updateParameters } from '../aws/update.ts';
import type { Item } from '../kernel/codec.ts';
import type { Money } from '../kernel/money.ts';
import { afterReturn, type Chunk } from './chunk.ts';
import type { ChunkOutcome } from './chunk-store.ts';
import { totalsItem } from './dynamo-chunk-items.ts';
import { payoutChanges } from './dynamo-payout-items.ts';
import { placeOf } from './ids.ts';
import { chunkKey, payoutKey } from './items.ts';

/** The fence against returns: their number only grows. */
export function withReturned(returned: number): { readonly condition: string; readonly values: Item } {
  if (returned === 0) return { condition: 'attribute_not_exists(n_returned)', values: {} };
  return { condition: 'n_returned = :returned_as_read', values: { ':returned_as_read': returned } };
}

/**
 * Moves a completed payout of a chunk without a lease to the returned ones. It writes only the counters of these two
 * statuses, and holds only if both are as they were read.
 */
export function giveBackUpdate(table: string, chunk: Chunk, money: Money): TransactItem {
  const { counts } = chunk;
  const asRead = withReturned(counts.returned);
  const item = totalsItem(afterReturn(chunk, money));
  return {
    Update: updateParameters(
      table,
      chunkKey(chunk.batchId, chunk.number),
      `attribute_not_exists(lease_owner) AND n_completed = :completed_as_read AND ${asRead.condition}`,
      {
        set: pick(item, ['n_completed', 'n_returned', 'completed_amounts', 'returned_amounts']),
        values: { ':completed_as_read': counts.completed, ...asRead.values },
      },
    ),
  };
}

export function payoutUpdate(table: string, { before, after }: ChunkOutcome['changes'][number]): TransactItem {
  // The condition on the chunk fences this write. The condition on the status makes a bug in the fence visible.
  return {
    Update: updateParameters(table, payoutKey(placeOf(after.id)), '#status = :before', {
      set: payoutChanges(before, after),
      values: { ':before': before.status },
    }),
  };
}
