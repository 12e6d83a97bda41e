import { payouts } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { redriveBatch } from '../../lib/payouts/redrive-batch.ts';
import { batchIdOf } from './batch-id.ts';

/** POST /batches/{batch_id}/redrive */
export const handler = http(async (request) => {
  const id = batchIdOf(request);
  return { status: 202, body: { batch_id: id, redriven_chunks: await redriveBatch(payouts(), id) } };
});
