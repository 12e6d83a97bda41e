import pMap from 'p-map';
import type { Batch } from './batch.ts';
import { type Claim, keysOf } from './claim.ts';
import type { PayoutDeps } from './ports.ts';

const PARALLEL_CHUNKS = 4;

/**
 * Deletes a batch whose request was refused while it was stored, or given up: its claims, then its payouts, then itself. No
 * answer has named it. If it dies, recovery continues.
 * @param taken claims that no stored payout may have
 */
export async function discardBatch(deps: PayoutDeps, batch: Batch, taken: readonly Claim[] = []): Promise<void> {
  if (batch.status === 'creating' && !(await deps.batches.beginDiscarding(batch))) return; // another request has it
  await deps.claims.release(taken);
  const chunks = await deps.chunks.readAll(batch.id);
  await pMap(
    chunks,
    async ({ batchId, number }) => {
      const payouts = await deps.chunks.readPayouts(batchId, number);
      const own = new Set<string>(payouts.map(({ id }) => id));
      const claims = await deps.claims.read(payouts.flatMap(keysOf));
      await deps.claims.release(claims.filter(({ holder }) => own.has(holder)));
      await deps.chunks.remove(batchId, number);
    },
    { concurrency: PARALLEL_CHUNKS },
  );
  if (batch.invalid > 0) await deps.rejected.remove(batch.id);
  await deps.batches.remove(batch.id);
}
