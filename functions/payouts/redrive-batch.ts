import { payouts } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { batchIdOf } from '../../lib/payouts/ids.ts';
import { redriveBatch } from '../../lib/payouts/redrive-batch.ts';

/** POST /batches/{batch_id}/redrive */
export const handler = http({}, async (request) => {
  const id = batchIdOf(request.path('batch_id'));
  return { status: 202, body: { batch_id: id, redriven_chunks: await redriveBatch(payouts(), id) } };
});
