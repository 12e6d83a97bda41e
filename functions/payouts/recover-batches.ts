import { payouts } from '../../lib/container.ts';
import { schedule } from '../../lib/edge/invocation.ts';
import { recoverBatches } from '../../lib/payouts/recover-batches.ts';

/** Every minute: carries on what a crash left undone. */
export const handler = schedule(async () => ({
  recovered: (await recoverBatches(payouts())).map(({ batchId, dispatched }) => ({ batch_id: batchId, dispatched })),
}));
