import type { BatchState } from './batch.ts';
import type { ChunkMessage } from './chunk.ts';
import type { PayoutId } from './ids.ts';
import type { Payout } from './payout.ts';
import type { PayoutDeps } from './ports.ts';

/** What a worker knows of stops and cancels while it holds a chunk. */
export type Fence = {
  /** Reads the batch: whether the run of the message is still in progress. */
  readonly isRunning: () => Promise<boolean>;
  /** Reads the batch: whether this payout may be sent. */
  readonly mayStillSend: (id: PayoutId) => Promise<boolean>;
  /** Whether the payout or its batch was cancelled, as of the last read. */
  readonly isCancelled: (id: PayoutId) => Promise<boolean>;
};

/**
 * The fence of a chunk. Before each send it reads the batch. Only if a payout of the batch was cancelled since, it reads the
 * payouts of the chunk again.
 *
 * Why nothing is sent after the answer to a cancel: the transaction of the cancel changes the batch too, so a read of the
 * batch that began after the answer shows it.
 * @param before the batch as it was read before the payouts
 */
export function fenceOf(
  deps: PayoutDeps,
  { batchId, chunk, run }: ChunkMessage,
  before: BatchState,
  payouts: readonly Payout[],
): Fence {
  let isBatchCancelled = before.status === 'cancelling';
  let { cancels } = before;
  let cancelled = Promise.resolve(cancelledAmong(payouts));

  async function isRunning(): Promise<boolean> {
    const batch = await deps.readState(batchId);
    if (!batch) return false;
    isBatchCancelled ||= batch.status === 'cancelling';
    if (batch.cancels > cancels) {
      cancels = batch.cancels;
      cancelled = deps.chunks.readPayouts(batchId, chunk).then(cancelledAmong);
    }
    await cancelled;
    return batch.status === 'in_progress' && batch.run === run;
  }

  const isCancelled = async (id: PayoutId) => isBatchCancelled || (await cancelled).has(id);
  return { isRunning, isCancelled, mayStillSend: async (id) => (await isRunning()) && !(await isCancelled(id)) };
}

function cancelledAmong(payouts: readonly Payout[]): ReadonlySet<PayoutId> {
  return new Set(payouts.filter(({ cancellation }) => cancellation).map(({ id }) => id));
}
